import { and, asc, eq, inArray, isNull, ne, sql } from 'drizzle-orm'
import { backupCopies, backups, drills, retentionFreezes } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { operations } from '#drizzle/schema/operations.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import {
  planRetention,
  type Retained,
  type RetentionPolicy,
  type RetentionVerdict,
} from '#lib/backups/retention/retention.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { getPolicy } from '#lib/targets/queries.ts'

export type RetentionFreeze = typeof retentionFreezes.$inferSelect

/** What stops a target's retention until a person clears it, oldest first. */
export const listOpenFreezes = (db: DbOrTx, targetId: string): Promise<RetentionFreeze[]> =>
  db
    .select()
    .from(retentionFreezes)
    .where(and(eq(retentionFreezes.targetId, targetId), isNull(retentionFreezes.clearedAt)))
    .orderBy(asc(retentionFreezes.frozenAt))

/** The stores of a policy that cannot be reached now: what they hold is not known, so nothing goes anywhere. */
export async function listUnreachableStores(db: DbOrTx, names: readonly string[]) {
  return db
    .select({ id: archiveStores.id, name: archiveStores.name, since: archiveStores.statusAt })
    .from(archiveStores)
    .where(
      and(
        inArray(archiveStores.name, [...names]),
        isNull(archiveStores.removedAt),
        eq(archiveStores.status, 'unreachable'),
      ),
    )
}

const unended = ['requested', 'planned', 'awaiting-approval', 'approved', 'running', 'verifying'] as const

/** Backups that a drill, a restore, another operation or a copy to another store needs now or soon. */
export async function listBackupsInUse(db: DbOrTx, targetId: string): Promise<Set<string>> {
  const drilled = db
    .select({ id: sql<string>`${drills.backupId}::text` })
    .from(drills)
    .where(and(eq(drills.targetId, targetId), inArray(drills.status, ['queued', 'running'])))
  const worked = db
    .select({ id: sql<string>`${jobRuns.payload} ->> 'backupId'` })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.targetId, targetId),
        inArray(jobRuns.status, ['queued', 'running']),
        sql`${jobRuns.payload} ? 'backupId'`,
      ),
    )
  // A restore into another target reads this one's archive too.
  const restored = db
    .select({ id: sql<string>`jsonb_path_query(${operations.request}, '$.**.backupId') #>> '{}'` })
    .from(operations)
    .where(inArray(operations.status, [...unended]))
  const kept = db
    .select({ id: sql<string>`${operations.safetyBackupId}::text` })
    .from(operations)
    .where(and(eq(operations.targetId, targetId), inArray(operations.status, [...unended])))
  const copied = db
    .select({ id: sql<string>`${backupCopies.backupId}::text` })
    .from(backupCopies)
    .innerJoin(backups, eq(backups.id, backupCopies.backupId))
    .where(and(eq(backups.targetId, targetId), eq(backupCopies.status, 'writing')))
  const found = await Promise.all([drilled, worked, restored, kept, copied])
  return new Set(found.flat().flatMap(({ id }) => (id ? [id] : [])))
}

/** The backups that retention speaks of; what others made is theirs to delete. */
export async function listRetained(db: DbOrTx, targetId: string): Promise<Retained[]> {
  const rows = await db
    .select({
      id: backups.id,
      kind: backups.kind,
      purpose: backups.purpose,
      status: backups.status,
      verification: backups.verification,
      takenAt: backups.takenAt,
      finishedAt: backups.finishedAt,
      held: sql<boolean>`${backups.heldAt} is not null`,
    })
    .from(backups)
    .where(and(eq(backups.targetId, targetId), eq(backups.origin, 'holdfast'), ne(backups.status, 'expired')))
  return rows
}

export interface RetentionReport {
  policy: RetentionPolicy
  timeZone: string
  freezes: RetentionFreeze[]
  /** Why nothing goes now, in sentences; empty where the retention may work. */
  stoppedBecause: string[]
  /** One per finished backup: whether it would go, or why it stays (`keptInWords`). */
  verdicts: RetentionVerdict[]
}

/** What the retention would do to a target's backups now, and why. Reads only. */
export async function readRetention(db: DbOrTx, targetId: string, now: Date): Promise<RetentionReport> {
  const { document } = await getPolicy(db, targetId)
  const [freezes, unreachable, inUse, retained] = [
    await listOpenFreezes(db, targetId),
    await listUnreachableStores(db, document.stores),
    await listBackupsInUse(db, targetId),
    await listRetained(db, targetId),
  ]
  const stoppedBecause = [
    ...freezes.map(({ reason }) => reason),
    ...unreachable.map(({ name }) => `The store ${name} cannot be reached.`),
  ]
  const { retention, timeZone } = document
  const rules = { retention, timeZone, frozen: stoppedBecause.length > 0, inUse }
  return {
    policy: retention,
    timeZone,
    freezes,
    stoppedBecause,
    verdicts: planRetention(retained, rules, now),
  }
}
