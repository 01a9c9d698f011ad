import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { archiveKeysAt, stemOf } from '#lib/backups/archives/archive-names.ts'
import { requestVerification } from '#lib/backups/request-verification.ts'
import type { Ctx } from '#lib/context.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { openStore } from '#lib/stores/open-store.ts'

/** Every byte of every copy is read again at least so often. */
const everyDays = 7

interface WatchedCopy {
  backupId: string
  store: string
  key: string
  sizeBytes: number | null
  isDue: boolean
}

/** The good copies in stores that answer, the longest unread first. Bad ones are made again, not looked at again. */
async function listWatched(db: DbOrTx, targetId: string): Promise<WatchedCopy[]> {
  const readAt = sql`coalesce(${backupCopies.verifiedAt}, ${backupCopies.createdAt})`
  return db
    .select({
      backupId: backupCopies.backupId,
      store: archiveStores.name,
      key: backupCopies.key,
      sizeBytes: backupCopies.sizeBytes,
      isDue: sql<boolean>`${readAt} < now() - ${everyDays} * interval '1 day'`,
    })
    .from(backupCopies)
    .innerJoin(backups, eq(backups.id, backupCopies.backupId))
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backups.origin, 'holdfast'),
        inArray(backups.status, ['good', 'suspicious']),
        eq(backupCopies.status, 'good'),
        eq(archiveStores.status, 'reachable'),
        isNull(archiveStores.removedAt),
      ),
    )
    .orderBy(readAt)
}

async function isVerifying(db: DbOrTx, targetId: string): Promise<boolean> {
  const rows = await db
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.kind, 'backups.verify'),
        eq(jobRuns.targetId, targetId),
        inArray(jobRuns.status, ['queued', 'running']),
      ),
    )
    .limit(1)
  return rows.length > 0
}

/** The copies whose objects a store no longer lists, or lists with another size. A store that does not answer tells nothing. */
async function listVanished(
  ctx: Ctx,
  targetId: string,
  copies: readonly WatchedCopy[],
): Promise<WatchedCopy[]> {
  const vanished: WatchedCopy[] = []
  for (const name of new Set(copies.map(({ store }) => store))) {
    try {
      const there = new Map<string, number>()
      const store = await openStore(ctx, name)
      for await (const { key, bytes } of store.list(`${targetId}/`)) there.set(key, bytes)
      for (const copy of copies.filter((one) => one.store === name)) {
        const { manifest } = archiveKeysAt(stemOf(copy.key))
        const bytes = there.get(copy.key)
        const differs = copy.sizeBytes !== null && bytes !== copy.sizeBytes
        if (bytes === undefined || differs || !there.has(manifest)) vanished.push(copy)
      }
    } catch (error) {
      log.warn({ store: name, targetId, error: messageOf(error) }, 'a store could not be listed')
    }
  }
  return vanished
}

/**
 * Asks for the copies to be read again: at once those whose objects are gone or of another size, else the one that was
 * not read for the longest time when that is too long ago. One at a time. Safe to repeat.
 */
export async function requestCopyChecks(
  ctx: Ctx,
  targetId: string,
): Promise<{ backupId: string; store: string }[]> {
  if (await isVerifying(ctx.db, targetId)) return []
  const copies = await listWatched(ctx.db, targetId)
  const vanished = await listVanished(ctx, targetId, copies)
  const due = vanished.length > 0 ? vanished : copies.filter(({ isDue }) => isDue).slice(0, 1)
  const asked: { backupId: string; store: string }[] = []
  for (const { backupId, store } of due) {
    const outcome = await requestVerification(ctx, { backupId, store })
    if (outcome.ok) asked.push({ backupId, store })
    else log.warn({ backupId, store, refusal: outcome.refusal.reason }, 'a copy’s check was not asked for')
  }
  return asked
}
