import { and, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import { backupCopies, backups, drills } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { archiveKeysAt, archiveStem, readArchiveKey, stemOf } from '#lib/backups/archives/archive-names.ts'
import { removeArchive } from '#lib/backups/archives/remove-archive.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { defaultStoreName, openStore } from '#lib/stores/open-store.ts'
import type { ArchiveStore, StoreKind } from '#lib/stores/types.ts'

const orphanedError = {
  code: 'worker-died',
  message: 'The work ended without a result.',
  hint: 'Ask for it again.',
}

/** Ends records whose job is over but which still say running. */
async function endDeadRecords({ db }: Ctx, targetId: string): Promise<void> {
  const over = inArray(jobRuns.status, ['failed', 'cancelled', 'succeeded'])
  const dead = await db
    .select({ id: backups.id })
    .from(backups)
    .innerJoin(jobRuns, eq(jobRuns.id, backups.jobRunId))
    .where(and(eq(backups.targetId, targetId), inArray(backups.status, ['queued', 'running']), over))
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id)
  if (dead.length > 0) {
    await db
      .update(backups)
      .set({ status: 'failed', error: orphanedError })
      .where(inArray(backups.id, ids(dead)))
    await db
      .update(backupCopies)
      .set({ status: 'failed', error: orphanedError })
      .where(and(inArray(backupCopies.backupId, ids(dead)), eq(backupCopies.status, 'writing')))
  }
  const deadDrills = await db
    .select({ id: drills.id })
    .from(drills)
    .innerJoin(jobRuns, eq(jobRuns.id, drills.jobRunId))
    .where(and(eq(drills.targetId, targetId), inArray(drills.status, ['queued', 'running']), over))
  if (deadDrills.length > 0) {
    await db
      .update(drills)
      .set({ status: 'finished', verdict: 'inconclusive', error: orphanedError })
      .where(inArray(drills.id, ids(deadDrills)))
  }
  if (dead.length + deadDrills.length > 0) await announceChanges(db, ['backups', 'drills'])
}

/** Archives from before there were stores lie in the default one; from here on they have their row like all others. */
async function adoptOldArchives(ctx: Ctx, targetId: string): Promise<void> {
  const old = await ctx.db
    .select({
      id: backups.id,
      location: backups.location,
      sizeBytes: backups.sizeBytes,
      status: backups.status,
    })
    .from(backups)
    .leftJoin(backupCopies, eq(backupCopies.backupId, backups.id))
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backups.kind, 'archive'),
        eq(backups.origin, 'holdfast'),
        inArray(backups.status, ['good', 'suspicious', 'failed']),
        isNotNull(backups.location),
        isNull(backupCopies.id),
      ),
    )
  const theirs = old.filter(
    ({ id, location }) => location === archiveKeysAt(archiveStem(targetId, id, 1), 1).archive,
  )
  if (theirs.length === 0) return
  const store = await openStore(ctx, defaultStoreName)
  const rows = theirs.map(({ id, location, sizeBytes, status }) => ({
    backupId: id,
    storeId: store.id,
    key: location!,
    status: status === 'failed' ? ('damaged' as const) : ('good' as const),
    sizeBytes,
  }))
  await ctx.db.insert(backupCopies).values(rows).onConflictDoNothing()
}

interface Known {
  /** Being taken or copied now. */
  taking: ReadonlySet<string>
  /** Over, and their files with them. */
  over: ReadonlySet<string>
  /** The finished ones, with the stems of their copies in this store. */
  stems: ReadonlyMap<string, ReadonlySet<string>>
}

async function listKnown({ db }: Ctx, targetId: string, storeId: string): Promise<Known> {
  const archives = await db
    .select({ id: backups.id, status: backups.status, location: backups.location })
    .from(backups)
    .where(and(eq(backups.targetId, targetId), eq(backups.kind, 'archive'), eq(backups.origin, 'holdfast')))
  const copies = await db
    .select({ backupId: backupCopies.backupId, key: backupCopies.key, status: backupCopies.status })
    .from(backupCopies)
    .innerJoin(backups, eq(backups.id, backupCopies.backupId))
    .where(and(eq(backups.targetId, targetId), eq(backupCopies.storeId, storeId)))
  const idsOf = (some: typeof archives) => some.map(({ id }) => id)
  const stems = new Map<string, Set<string>>(archives.map(({ id }) => [id, new Set()]))
  for (const { backupId, key } of copies) stems.get(backupId)?.add(stemOf(key))
  return {
    taking: new Set([
      ...idsOf(archives.filter(({ status }) => status === 'queued' || status === 'running')),
      ...copies.filter(({ status }) => status === 'writing').map(({ backupId }) => backupId),
    ]),
    // A damaged archive is failed too, but it was finished: its files stay, they may be all there is.
    over: new Set(
      idsOf(
        archives.filter(
          ({ status, location }) => status === 'expired' || (status === 'failed' && location === null),
        ),
      ),
    ),
    stems,
  }
}

/**
 * Removes what killed writers left: unfinished files, and the objects of attempts that are over. A finished archive that
 * no record knows stays: the records may have been restored from an older copy of themselves.
 */
async function sweepStore(ctx: Ctx, store: ArchiveStore, targetId: string): Promise<void> {
  const { taking, over, stems } = await listKnown(ctx, targetId, store.id)
  await store.sweep(`${targetId}/`, (key) => taking.has(readArchiveKey(key)?.backupId ?? ''))
  const strays = new Set<string>()
  for await (const { key } of store.list(`${targetId}/`)) {
    const named = readArchiveKey(key)
    if (!named || taking.has(named.backupId)) continue
    const known = stems.get(named.backupId)
    // An earlier attempt, killed after its files had their names.
    const isOther = known !== undefined && known.size > 0 && !known.has(named.stem)
    if (over.has(named.backupId) || isOther) strays.add(key)
  }
  for (const key of strays) await removeArchive(store, key)
}

/**
 * Ends what dead workers left: records whose job is over but which still say running, and what they wrote into the
 * stores of these kinds: asking a bucket for its list costs money, so that is done more rarely. A store that does not
 * answer is left for the next time. Safe to repeat and to run beside living work.
 */
export async function sweepBackups(
  ctx: Ctx,
  targetId: string,
  kinds: readonly StoreKind[] = ['local', 's3'],
): Promise<void> {
  await endDeadRecords(ctx, targetId)
  await adoptOldArchives(ctx, targetId)
  const used = await ctx.db
    .selectDistinct({ name: archiveStores.name })
    .from(backupCopies)
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .innerJoin(backups, eq(backups.id, backupCopies.backupId))
    .where(
      and(
        eq(backups.targetId, targetId),
        isNull(archiveStores.removedAt),
        inArray(archiveStores.kind, [...kinds]),
      ),
    )
  for (const { name } of used) {
    try {
      await sweepStore(ctx, await openStore(ctx, name), targetId)
    } catch (error) {
      log.warn({ store: name, targetId, error: messageOf(error) }, 'a store could not be swept')
    }
  }
}
