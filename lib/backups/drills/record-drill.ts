import { and, sql as drizzleSql, eq, ne } from 'drizzle-orm'
import { backupCopies, backups, drills } from '#drizzle/schema/backups.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import type { Drill, DrillResult, RecordedError } from '#lib/backups/types.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { JobScope } from '#lib/jobs/types.ts'

const failureOf = (result: DrillResult): RecordedError =>
  result.error ?? {
    code: 'drill-failed',
    message: `A drill found ${result.differences.length} differences from its facts.`,
    hint: 'Do not rely on it. Take a new archive and drill that.',
  }

/** What a verdict means for the copy that was restored; an inconclusive one means nothing. */
function copyValues(result: DrillResult): Partial<typeof backupCopies.$inferInsert> | null {
  const verifiedAt = new Date()
  if (result.verdict === 'inconclusive') return null
  if (result.verdict === 'passed')
    return { status: 'good', verification: result.verification, verifiedAt, error: null }
  const error = failureOf(result)
  if (error.code !== 'archive-damaged') return { verification: result.verification, verifiedAt, error }
  return { status: result.isMissing ? 'missing' : 'damaged', verification: null, verifiedAt, error }
}

async function hasOtherGoodCopy(tx: DbOrTx, { backupId, copyId }: DrillResult): Promise<boolean> {
  if (!copyId) return false
  const others = await tx
    .select({ id: backupCopies.id })
    .from(backupCopies)
    .where(
      and(eq(backupCopies.backupId, backupId), ne(backupCopies.id, copyId), eq(backupCopies.status, 'good')),
    )
    .limit(1)
  return others.length > 0
}

/** A damaged copy is one copy's matter; what is wrong inside of an authentic archive is wrong in all of them. */
async function backupValues(
  tx: DbOrTx,
  result: DrillResult,
): Promise<Partial<typeof backups.$inferInsert> | null> {
  const verifiedAt = new Date()
  if (result.verdict === 'inconclusive') return null
  if (result.verdict === 'passed') return { verification: result.verification, verifiedAt }
  const error = failureOf(result)
  if (error.code !== 'archive-damaged')
    return { status: 'suspicious', error, verification: result.verification, verifiedAt }
  if (await hasOtherGoodCopy(tx, result)) return null
  return { status: 'failed', error, verification: null, verifiedAt }
}

/** Writes a drill's result to its record, to the copy and the backup that it is about, and to the audit, in one transaction. */
export async function recordDrill(scope: JobScope, drill: Drill, result: DrillResult): Promise<void> {
  const { verdict, phases, recoveryMs, differences, checks, unchecked, serverVersion, error, copyId } = result
  await scope.ctx.db.transaction(async (tx) => {
    await tx
      .update(drills)
      .set({
        status: 'finished',
        verdict,
        phases,
        recoveryMs,
        differences,
        checks,
        unchecked,
        serverVersion,
        error,
        copyId,
        finishedAt: drizzleSql`now()`,
      })
      .where(eq(drills.id, drill.id))
    const ofCopy = copyValues(result)
    if (ofCopy && copyId) await tx.update(backupCopies).set(ofCopy).where(eq(backupCopies.id, copyId))
    const ofBackup = await backupValues(tx, result)
    if (ofBackup) await tx.update(backups).set(ofBackup).where(eq(backups.id, drill.backupId))
    await announceChanges(tx, ['drills', 'backups', 'audit'])
    await appendAudit(tx, {
      actor: formatActor(scope.ctx.actor),
      action: 'drills.run',
      outcome: verdict === 'passed' ? 'done' : 'failed',
      subject: `drill:${drill.id}`,
      target: drill.targetName,
      reason: error?.message ?? null,
      detail: {
        backupId: drill.backupId,
        store: result.storeName,
        verdict,
        recoveryMs,
        differences: differences.length,
        unchecked: unchecked.length,
      },
    })
  })
}
