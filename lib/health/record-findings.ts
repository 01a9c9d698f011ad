import { sql } from 'drizzle-orm'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { fileFindings, forgetOtherStates } from '#lib/health/file-findings.ts'
import type { Finding } from '#lib/health/types.ts'
import { log } from '#lib/log.ts'

export interface Recording {
  targetId: string
  jobRunId: string
  checkedAt: Date
  findings: Finding[]
  /** Checks that are asked for and were not due: their last finding stands. */
  standing?: readonly string[]
}

/** A run takes minutes at most; a clock that is further off than this is wrong, not late. */
const latestMs = 3_600_000
const earliestMs = 60_000

/**
 * Writes one run into the health log and everything that is derived from it, in one transaction. Safe to repeat.
 * A check that the policy no longer asks for loses its state and keeps its log.
 */
export async function recordFindings(
  db: Db,
  { targetId, jobRunId, checkedAt, findings, standing = [] }: Recording,
): Promise<void> {
  await db.transaction(async (tx) => {
    const at = await believe(tx, checkedAt)
    await fileFindings(tx, { targetId, jobRunId, checkedAt: at, findings })
    await forgetOtherStates(tx, targetId, at, [...findings.map(({ check }) => check), ...standing])
    await announceChanges(tx, ['health'])
  })
}

/**
 * The moment that the findings are filed under. Of two clocks the control database's is right: a worker's that is years
 * off would file today's loss where retention takes it away, or where no page looks.
 */
async function believe(tx: Tx, checkedAt: Date): Promise<Date> {
  const [row] = await tx.execute<{ now: string }>(sql`select extract(epoch from now()) * 1000 as now`)
  const offMs = checkedAt.getTime() - Number(row!.now)
  if (-latestMs <= offMs && offMs <= earliestMs) return checkedAt
  log.warn({ offMs: Math.round(offMs) }, 'the clock of this machine is not that of the control database')
  return new Date(Number(row!.now))
}
