import { and, eq, ne, sql } from 'drizzle-orm'
import { foreignArchives } from '#drizzle/schema/backups.ts'
import { examineForeign } from '#lib/backups/foreign/examine-foreign.ts'
import { withForeignCopy } from '#lib/backups/foreign/foreign-copy.ts'
import {
  explainLayout,
  type ForeignCandidate,
  type ForeignLayout,
  headBytes,
  layoutOf,
  listCandidates,
} from '#lib/backups/foreign/foreign-layout.ts'
import { findForeignManifest } from '#lib/backups/foreign/foreign-queries.ts'
import {
  type ForeignPlace,
  recordForeign,
  recordForeignChange,
  recordForeignGone,
} from '#lib/backups/foreign/record-foreign.ts'
import { recordedError } from '#lib/backups/record-outcome.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import { openStore } from '#lib/stores/open-store.ts'
import type { ArchiveStore, StoredObject } from '#lib/stores/types.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

export interface WatchOptions {
  signal: AbortSignal
  /** Two looks this far apart must find an archive the same. */
  settledMs?: number
}

const usuallySettledMs = 45_000

type Sighting = typeof foreignArchives.$inferSelect

async function layoutAt(store: ArchiveStore, candidate: ForeignCandidate, signal: AbortSignal) {
  if (candidate.isDirectory) return 'directory' as const
  let head = Buffer.alloc(0)
  for await (const chunk of store.read(candidate.key, { signal })) {
    head = Buffer.concat([head, chunk])
    if (head.length >= headBytes) break
  }
  return layoutOf(head)
}

/** The first look, or one that found it otherwise than the one before: remembered, and nothing more. */
async function remember(
  ctx: Ctx,
  place: ForeignPlace,
  candidate: ForeignCandidate,
  seen: { layout: ForeignLayout; problem: string | null },
): Promise<void> {
  const values = {
    ...seen,
    sizeBytes: candidate.sizeBytes,
    modifiedAt: candidate.modifiedAt,
    look: candidate.look,
    status: seen.problem ? ('rejected' as const) : ('watching' as const),
  }
  await ctx.db
    .insert(foreignArchives)
    .values({ targetId: place.targetId, storeId: place.storeId, key: candidate.key, ...values })
    .onConflictDoUpdate({
      target: [foreignArchives.targetId, foreignArchives.storeId, foreignArchives.key],
      set: { ...values, backupId: null, seenAt: sql`now()` },
    })
}

async function take(
  ctx: Ctx,
  place: ForeignPlace,
  store: ArchiveStore,
  candidate: ForeignCandidate,
  signal: AbortSignal,
): Promise<void> {
  await withForeignCopy(store, candidate, { signal }, async (copy) => {
    const { sha256 } = copy
    try {
      const header = await examineForeign(copy, signal)
      await recordForeign(ctx, place, candidate, { sha256, header, error: null })
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'archive-damaged') throw error
      await recordForeign(ctx, place, candidate, { sha256, header: null, error: recordedError(error) })
    }
  })
}

/** A listed archive that looks otherwise now: either its bytes did change, or only its time. */
async function lookAgain(
  ctx: Ctx,
  place: ForeignPlace,
  store: ArchiveStore,
  candidate: ForeignCandidate,
  { backupId, key }: Sighting,
  signal: AbortSignal,
): Promise<void> {
  const manifest = await findForeignManifest(ctx.db, backupId!)
  const sha256 = await withForeignCopy(store, candidate, { signal }, async (copy) => copy.sha256)
  if (manifest?.sha256 !== sha256) await recordForeignChange(ctx, place, { backupId: backupId!, key })
  await ctx.db
    .update(foreignArchives)
    .set({ look: candidate.look, sizeBytes: candidate.sizeBytes, modifiedAt: candidate.modifiedAt })
    .where(
      and(
        eq(foreignArchives.targetId, place.targetId),
        eq(foreignArchives.storeId, place.storeId),
        eq(foreignArchives.key, key),
      ),
    )
}

async function lookAt(
  ctx: Ctx,
  place: ForeignPlace,
  store: ArchiveStore,
  candidate: ForeignCandidate,
  known: Sighting | undefined,
  { signal, settledMs = usuallySettledMs }: WatchOptions,
): Promise<void> {
  const isSame = known?.look === candidate.look
  if (known?.status === 'listed') {
    if (!isSame) await lookAgain(ctx, place, store, candidate, known, signal)
    return
  }
  if (known && isSame && known.status === 'rejected') return
  if (known && isSame && known.status === 'watching') {
    if (Date.now() - known.seenAt.getTime() >= settledMs) await take(ctx, place, store, candidate, signal)
    return
  }
  const layout = candidate.sizeBytes === 0 ? 'unknown' : await layoutAt(store, candidate, signal)
  const isArchive = layout === 'custom' || layout === 'directory'
  const problem = isArchive ? null : explainLayout(candidate.key, layout, candidate.sizeBytes)
  // Another file among the archives is nobody's problem.
  if (isArchive || problem) await remember(ctx, place, candidate, { layout, problem })
}

/**
 * Looks at the archives that others make of a target, where its policy says that they are: lists new ones once nobody
 * writes to them any more and they can be read to their end, and finds changed and removed ones. Writes nothing there.
 * Safe to repeat; one archive's trouble does not keep the others waiting. Throws what the first trouble was at the end.
 */
export async function watchForeign(ctx: Ctx, targetId: string, options: WatchOptions): Promise<void> {
  const target = await getTarget(ctx.db, targetId)
  const { document } = await getPolicy(ctx.db, targetId)
  let trouble: unknown = null
  for (const { store: storeName, prefix } of document.foreignArchives) {
    const store = await openStore(ctx, storeName)
    const place: ForeignPlace = { targetId, targetName: target.name, storeId: store.id }
    const objects: StoredObject[] = []
    for await (const object of store.list(prefix)) objects.push(object)
    const sightings = await ctx.db
      .select()
      .from(foreignArchives)
      .where(
        and(
          eq(foreignArchives.targetId, targetId),
          eq(foreignArchives.storeId, store.id),
          ne(foreignArchives.status, 'gone'),
        ),
      )
    const candidates = listCandidates(objects)
    for (const candidate of candidates) {
      options.signal.throwIfAborted()
      const known = sightings.find(({ key }) => key === candidate.key)
      await lookAt(ctx, place, store, candidate, known, options).catch((error) => {
        trouble ??= error
      })
    }
    // The store answered, so what is not in its list is not there.
    for (const { key, backupId } of sightings.filter((one) => one.key.startsWith(prefix))) {
      if (!candidates.some((candidate) => candidate.key === key))
        await recordForeignGone(ctx, place, { key, backupId })
    }
  }
  if (trouble) throw trouble
}
