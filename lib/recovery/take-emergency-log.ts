import { createHash } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import type { Ctx } from '#lib/context.ts'
import { emergencyLogPath, readEmergencyLog } from '#lib/recovery/emergency-log.ts'

const action = 'recovery.from-store'

/**
 * Takes what was done at the host without a control database into the audit, and returns how many lines were new. The file
 * stays as it is. Safe to repeat: a line that is in the audit is not taken again. A line that no key here signed is told too.
 */
export async function takeEmergencyLog(ctx: Ctx): Promise<number> {
  if (!ctx.keys) return 0
  let taken = 0
  for (const { entry, line } of readEmergencyLog(ctx.keys)) {
    const subject = `emergency:${createHash('sha256').update(line).digest('hex').slice(0, 32)}`
    await ctx.db.transaction(async (tx) => {
      // Two that start at once must not take a line twice.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('holdfast:emergency-log', 0))`)
      const known = await tx.$count(
        auditEntries,
        and(eq(auditEntries.action, action), eq(auditEntries.subject, subject)),
      )
      if (known > 0) return
      taken += 1
      await appendAudit(
        tx,
        entry
          ? {
              actor: entry.actor,
              action,
              outcome: entry.phase === 'failed' ? 'failed' : 'done',
              subject,
              target: entry.database,
              reason: entry.reason,
              detail: {
                phase: entry.phase,
                at: entry.at,
                operationId: entry.id,
                act: entry.act,
                ...entry.detail,
              },
            }
          : {
              actor: 'unknown',
              action,
              outcome: 'failed',
              subject,
              reason: `A line of ${emergencyLogPath()} was not signed by a key of this installation.`,
              detail: { line: line.slice(0, 500) },
            },
      )
    })
  }
  return taken
}
