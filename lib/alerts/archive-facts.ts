import { and, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { backupCopies, backups, retentionFreezes } from '#drizzle/schema/backups.ts'
import { expectedRuns, jobRuns } from '#drizzle/schema/jobs.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Policy } from '#lib/targets/policy.ts'
import type { ArchiveFacts, ScheduleFact } from './archive-types.ts'
import { findUnprotected } from './unprotected-databases.ts'

const messageIn = sql<string | null>`${backups.error} ->> 'message'`

/** What the alerts about schedules, stores, copies and retention are judged from. */
export async function getArchiveFacts(db: DbOrTx, targetId: string, policy: Policy): Promise<ArchiveFacts> {
  return {
    schedulesDue: await listScheduleFacts(db, targetId),
    stores: await listStoreFacts(db, policy.stores),
    badCopies: await listBadCopies(db, targetId),
    newestArchive: await findNewestArchive(db, targetId, policy.stores),
    unprotected: await findUnprotected(db, targetId, policy.ignoredDatabases),
    freezes: await db
      .select({ reason: retentionFreezes.reason, frozenAt: retentionFreezes.frozenAt })
      .from(retentionFreezes)
      .where(and(eq(retentionFreezes.targetId, targetId), isNull(retentionFreezes.clearedAt)))
      .orderBy(retentionFreezes.frozenAt),
    pendingDeletions: await db
      .select({ id: backups.id, since: backups.expiresAt, message: messageIn })
      .from(backups)
      .where(and(eq(backups.targetId, targetId), eq(backups.status, 'expiring')))
      .orderBy(backups.expiresAt),
  }
}

const watched = ['archive', 'snapshot', 'drill']

/** The runs of the last week that are due, per schedule back to the last one that was done in time. */
async function listScheduleFacts(db: DbOrTx, targetId: string): Promise<ScheduleFact[]> {
  return db
    .select({
      schedule: expectedRuns.schedule,
      dueAt: expectedRuns.dueAt,
      status: expectedRuns.status,
      answeredAt: expectedRuns.answeredAt,
      refusedBecause: expectedRuns.refusedBecause,
      jobStatus: jobRuns.status,
    })
    .from(expectedRuns)
    .leftJoin(jobRuns, eq(jobRuns.id, expectedRuns.jobRunId))
    .where(
      and(
        eq(expectedRuns.targetId, targetId),
        inArray(expectedRuns.schedule, watched),
        sql`${expectedRuns.dueAt} between now() - interval '7 days' and now()`,
      ),
    )
    .orderBy(desc(expectedRuns.dueAt))
    .limit(500)
}

async function listStoreFacts(db: DbOrTx, names: readonly string[]) {
  const found = await db
    .select({
      name: archiveStores.name,
      status: archiveStores.status,
      since: archiveStores.statusAt,
      message: sql<string | null>`${archiveStores.error} ->> 'message'`,
    })
    .from(archiveStores)
    .where(and(inArray(archiveStores.name, [...names]), isNull(archiveStores.removedAt)))
  return found
}

const listBadCopies = (db: DbOrTx, targetId: string) =>
  db
    .select({
      backupId: backupCopies.backupId,
      store: archiveStores.name,
      status: backupCopies.status,
      seenAt: sql`coalesce(${backupCopies.verifiedAt}, ${backupCopies.createdAt})`.mapWith(
        backupCopies.createdAt,
      ),
    })
    .from(backupCopies)
    .innerJoin(backups, eq(backups.id, backupCopies.backupId))
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(
      and(
        eq(backups.targetId, targetId),
        inArray(backupCopies.status, ['damaged', 'missing']),
        inArray(backups.status, ['good', 'suspicious', 'failed']),
      ),
    )
    .orderBy(desc(backups.takenAt))
    .limit(100)

async function findNewestArchive(db: DbOrTx, targetId: string, stores: readonly string[]) {
  const [newest] = await db
    .select({
      id: backups.id,
      finishedAt: backups.finishedAt,
      pgDumpVersion: sql<string | null>`${backups.manifest} ->> 'pgDumpVersion'`,
    })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backups.kind, 'archive'),
        eq(backups.origin, 'holdfast'),
        eq(backups.status, 'good'),
        isNotNull(backups.finishedAt),
      ),
    )
    .orderBy(desc(backups.finishedAt))
    .limit(1)
  if (!newest?.finishedAt) return null
  const copies = await db
    .select({ store: archiveStores.name, status: backupCopies.status })
    .from(backupCopies)
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(eq(backupCopies.backupId, newest.id))
  const good = copies.filter(({ status }) => status === 'good').map(({ store }) => store)
  return {
    id: newest.id,
    finishedAt: newest.finishedAt,
    pgDumpVersion: newest.pgDumpVersion,
    // One from before there were copies says nothing about them.
    lacking: copies.length === 0 ? [] : stores.filter((store) => !good.includes(store)),
  }
}
