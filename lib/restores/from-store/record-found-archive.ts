import { and, eq, inArray, isNull } from 'drizzle-orm'
import { backupCopies, backups, retentionFreezes } from '#drizzle/schema/backups.ts'
import type { Manifest } from '#lib/backups/archives/archive-manifest.ts'
import { readManifest } from '#lib/backups/archives/archive-manifest.ts'
import { requireKeys } from '#lib/backups/archives/authenticate-archive.ts'
import { assertListed } from '#lib/backups/archives/check-archive.ts'
import { openArchive } from '#lib/backups/archives/open-archive.ts'
import type { CatalogueArchive } from '#lib/backups/copies/store-catalogue.ts'
import { recordedError } from '#lib/backups/record-outcome.ts'
import type { RecordedError, Verification } from '#lib/backups/types.ts'
import type { Ctx } from '#lib/context.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import { findTools } from '#lib/servers/find-tools.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

export interface FoundArchive {
  backupId: string
  targetId: string
  takenAt: Date
  sizeBytes: number
  /** Known: the records had it already, and stay as they are. */
  status: 'known' | 'good' | 'damaged'
  verification: Verification | null
  error: RecordedError | null
}

interface Proof {
  manifest: Manifest
  verification: Verification | null
  error: RecordedError | null
}

/** What is proven here and now of an archive, whatever its records once said: its bytes, and its list of contents. */
async function prove(
  ctx: Ctx,
  store: ArchiveStore,
  { manifestKey }: CatalogueArchive,
  signal: AbortSignal,
): Promise<Proof> {
  const keys = requireKeys(ctx)
  try {
    const archive = await openArchive(store, keys, manifestKey, { signal })
    try {
      const { manifest } = archive
      const tools = findTools(Number.parseInt(manifest.pgDumpVersion, 10))
      if (!tools) return { manifest, verification: 'checksum', error: null }
      await assertListed(manifest, archive.readDump(), signal)
      return { manifest, verification: 'listed', error: null }
    } finally {
      await archive.close()
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'archive-damaged') throw error
    const { manifest } = await readManifest(store, keys, manifestKey, signal)
    return { manifest, verification: null, error: recordedError(error) }
  }
}

export interface RecordOptions {
  signal: AbortSignal
  /** The records are a restored copy: what was under way when they were archived has ended since, as the store says. */
  adopt?: boolean
}

const unsettled: ('writing' | 'missing' | 'failed')[] = ['writing', 'missing', 'failed']

/** Nothing of a database expires after its records came back, until a person has looked. */
async function freeze(
  tx: Parameters<Parameters<Ctx['db']['transaction']>[0]>[0],
  targetId: string,
  storeId: string,
) {
  const subject = `store:${storeId}`
  const open = await tx
    .select({ id: retentionFreezes.id })
    .from(retentionFreezes)
    .where(
      and(
        eq(retentionFreezes.targetId, targetId),
        eq(retentionFreezes.subject, subject),
        isNull(retentionFreezes.clearedAt),
      ),
    )
  if (open.length > 0) return
  await tx.insert(retentionFreezes).values({
    targetId,
    subject,
    reason: 'Its archives were taken over from a store. Look whether they are as you expect.',
  })
}

/**
 * Records an archive that was found in a store, with what is proven of it here. A record or a copy that is there already
 * stays as it is. Safe to repeat.
 */
export async function recordFoundArchive(
  ctx: Ctx,
  store: ArchiveStore,
  archive: CatalogueArchive,
  { signal, adopt = false }: RecordOptions,
): Promise<FoundArchive> {
  const { backupId, targetId, takenAt, sizeBytes } = archive
  const told = { backupId, targetId, takenAt, sizeBytes }
  const [known] = await ctx.db
    .select({ verification: backupCopies.verification, status: backupCopies.status })
    .from(backupCopies)
    .where(and(eq(backupCopies.backupId, backupId), eq(backupCopies.storeId, store.id)))
  if (known && !(adopt && unsettled.some((status) => status === known.status)))
    return { ...told, status: 'known', verification: known.verification, error: null }

  const { manifest: signed, verification, error } = await prove(ctx, store, archive, signal)
  const { facts, ...manifest } = signed
  const verifiedAt = new Date()
  failPoint('restores.before-record')
  await ctx.db.transaction(async (tx) => {
    const outcome = {
      status: error ? ('failed' as const) : ('good' as const),
      verification,
      verifiedAt,
      takenAt,
      finishedAt: takenAt,
      sizeBytes,
      location: archive.archiveKey,
      facts,
      manifest,
      serverVersion: manifest.serverVersion,
      error,
    }
    const row = tx.insert(backups).values({
      ...outcome,
      id: backupId,
      targetId,
      kind: 'archive',
      purpose: manifest.purpose ?? 'manual',
      requestedBy: manifest.requestedBy ?? formatActor(ctx.actor),
      createdAt: takenAt,
    })
    await (adopt
      ? row.onConflictDoUpdate({
          target: backups.id,
          set: outcome,
          setWhere: inArray(backups.status, ['queued', 'running']),
        })
      : row.onConflictDoNothing())
    const found = {
      key: archive.archiveKey,
      status: error ? ('damaged' as const) : ('good' as const),
      verification,
      verifiedAt,
      sizeBytes,
      error,
    }
    const copy = tx.insert(backupCopies).values({ ...found, backupId, storeId: store.id, createdAt: takenAt })
    await (adopt
      ? copy.onConflictDoUpdate({
          target: [backupCopies.backupId, backupCopies.storeId],
          set: found,
          setWhere: inArray(backupCopies.status, unsettled),
        })
      : copy.onConflictDoNothing())
    await freeze(tx, targetId, store.id)
    await announceChanges(tx, ['backups'])
  })
  return { ...told, status: error ? 'damaged' : 'good', verification, error }
}
