import { type AuthenticArchive, withAuthenticArchive } from '#lib/backups/archives/authenticate-archive.ts'
import { majorOf, readDump } from '#lib/backups/archives/check-archive.ts'
import { withDrillServer } from '#lib/backups/drills/drill-server.ts'
import { type Dump, restoreDump } from '#lib/backups/drills/restore-dump.ts'
import {
  type ScratchOptions,
  type ScratchPlace,
  withScratchDatabase,
} from '#lib/backups/drills/scratch-database.ts'
import { majorFor, type ScratchNeeds } from '#lib/backups/drills/scratch-needs.ts'
import { withFetchedForeign } from '#lib/backups/foreign/restore-foreign.ts'
import { withPinnedBackup } from '#lib/backups/pin-backup.ts'
import { getBackup } from '#lib/backups/queries.ts'
import type { ArchiveManifest, UncheckedPart } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import type { Facts } from '#lib/facts/types.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { JobScope } from '#lib/jobs/types.ts'

export interface RestoredCopy {
  /** The scratch database, as its superuser. It may be changed; it is thrown away. */
  url: string
  place: ScratchPlace
  /** What the copy does not have, or has otherwise than the source. */
  unchecked: UncheckedPart[]
  /** Materialized views that are empty in the copy, as SQL names. */
  uncomputed: string[]
}

export interface RestoredArchive extends RestoredCopy {
  manifest: ArchiveManifest & { facts: Facts }
  /** Others made it: its facts are unknown, and `url` is the copy's owner, so that nothing of theirs runs as a superuser. */
  isForeign?: boolean
}

export interface RestoreOptions extends ScratchOptions {
  /** The store to read from. Default: the first that has a good copy. */
  storeName?: string
}

/**
 * Restores a dump into a scratch database on the drill server for the duration of `work`; the database is dropped afterwards.
 * The copy is inert: it can neither act by itself nor reach other machines. A dump that others made (no MAC of ours) needs
 * `restoreAs: 'owner'`. Reports the phases `prepare` and `restore`. Throws AppError: `archive-damaged` and `restore-failed`
 * say that the dump is bad, kind `unavailable` that the surroundings are.
 */
export async function withRestoredDump<T>(
  scope: JobScope,
  { dump, needs }: { dump: Dump; needs: ScratchNeeds },
  options: ScratchOptions,
  work: (copy: RestoredCopy) => Promise<T>,
): Promise<T> {
  const { ctx } = scope
  await scope.phase('prepare')
  failPoint('drills.before-prepare')
  return withDrillServer(
    ctx,
    (server) =>
      withScratchDatabase(ctx, server, needs, options, async (place) => {
        await scope.phase('restore', needs.rawBytes)
        failPoint('drills.before-restore')
        const { unchecked, uncomputed } = await restoreDump(scope, dump, place)
        failPoint('drills.after-restore')
        return work({ url: place.url, place, unchecked: [...place.gaps, ...unchecked], uncomputed })
      }),
    majorFor(needs),
  )
}

/**
 * Restores an archive of ours into a scratch database for the duration of `work`. Every byte of the archive is authenticated
 * before pg_restore starts (phase `authenticate`); the rest as `withRestoredDump`. One that others made is fetched (phase
 * `fetch`) and restored without a superuser's rights. Throws AppError `archive-*` too.
 */
export async function withRestoredArchive<T>(
  scope: JobScope,
  backupId: string,
  work: (restored: RestoredArchive) => Promise<T>,
  options: RestoreOptions = {},
): Promise<T> {
  const { ctx } = scope
  const backup = await getBackup(ctx.db, backupId)
  if (backup.kind !== 'archive' || !backup.manifest || backup.status === 'expired') {
    throw new AppError(
      'backup-not-archive',
      `There is no archive to restore: this is a ${backup.status} ${backup.kind}.`,
      { kind: 'refused' },
    )
  }
  return withPinnedBackup(ctx, backupId, async () => {
    if (backup.origin === 'foreign') {
      await scope.phase('fetch', backup.sizeBytes ?? undefined)
      return withFetchedForeign(scope, backup, ({ manifest, ...fetched }) =>
        withRestoredDump(scope, fetched, { ...options, restoreAs: 'owner' }, (copy) =>
          work({ ...copy, url: copy.place.ownerUrl, manifest, isForeign: true }),
        ),
      )
    }
    await scope.phase('authenticate', backup.sizeBytes ?? undefined)
    const reading = {
      signal: scope.signal,
      onProgress: (bytes: number) => scope.progress(bytes),
      ...(options.storeName ? { storeName: options.storeName } : {}),
    }
    return withAuthenticArchive(ctx, backup, reading, async (archive: AuthenticArchive) => {
      const { manifest } = archive
      const dump: Dump = { read: () => readDump(archive), toolsMajor: majorOf(manifest) }
      return withRestoredDump(scope, { dump, needs: manifest }, options, (copy) =>
        work({ ...copy, manifest }),
      )
    })
  })
}
