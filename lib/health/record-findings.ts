import { and, eq, lt, notExists, notInArray, sql } from 'drizzle-orm'
import { healthLog, healthStates, rowCounts } from '#drizzle/schema/health.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db } from '#lib/db/client.ts'
import type { Finding } from '#lib/health/types.ts'

export interface Recording {
  targetId: string
  jobRunId: string
  checkedAt: Date
  findings: Finding[]
}

const keepDays = 60

/**
 * Writes one run into the health log, the newest state of each check and the row counts, in one transaction.
 * A check that the policy no longer asks for loses its state and keeps its log.
 */
export async function recordFindings(
  db: Db,
  { targetId, jobRunId, checkedAt, findings }: Recording,
): Promise<void> {
  await db.transaction(async (tx) => {
    if (findings.length > 0) {
      const logged = await tx
        .insert(healthLog)
        .values(
          findings.map(({ statement: _, ...finding }) => ({ targetId, jobRunId, checkedAt, ...finding })),
        )
        .returning({ id: healthLog.id, check: healthLog.check })
      const ids = new Map(logged.map(({ id, check }) => [check, id]))
      await tx
        .insert(healthStates)
        .values(
          findings.map(({ check, status, statement }) => ({
            targetId,
            check,
            status,
            statement,
            logId: ids.get(check)!,
            since: checkedAt,
          })),
        )
        .onConflictDoUpdate({
          target: [healthStates.targetId, healthStates.check],
          set: {
            logId: sql`excluded.log_id`,
            status: sql`excluded.status`,
            statement: sql`coalesce(excluded.statement, ${healthStates.statement})`,
            since: sql`case when ${healthStates.status} = excluded.status then ${healthStates.since} else excluded.since end`,
          },
        })
    }
    const names = findings.map(({ check }) => check)
    await tx
      .delete(healthStates)
      .where(
        and(
          eq(healthStates.targetId, targetId),
          names.length > 0 ? notInArray(healthStates.check, names) : undefined,
        ),
      )
    const counts = findings.filter(({ area, measured }) => area === 'rows' && measured !== null)
    if (counts.length > 0) {
      await tx.insert(rowCounts).values(
        counts.map(({ check, measured }) => ({
          targetId,
          tableName: check.slice(check.indexOf(':') + 1),
          countedAt: checkedAt,
          rows: measured!,
        })),
      )
    }
    await forgetOld(tx as unknown as Db, targetId)
    await announceChanges(tx, ['health'])
  })
}

/** The log is kept for two months; what a state still points to stays. */
async function forgetOld(db: Db, targetId: string): Promise<void> {
  const old = sql`now() - make_interval(days => ${keepDays})`
  await db
    .delete(healthLog)
    .where(
      and(
        eq(healthLog.targetId, targetId),
        lt(healthLog.checkedAt, old),
        notExists(db.select({ one: sql`1` }).from(healthStates).where(eq(healthStates.logId, healthLog.id))),
      ),
    )
  await db.delete(rowCounts).where(and(eq(rowCounts.targetId, targetId), lt(rowCounts.countedAt, old)))
}
