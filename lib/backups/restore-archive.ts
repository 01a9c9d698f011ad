import { pipeline } from 'node:stream/promises'
import { type AuthenticArchive, withAuthenticArchive } from '#lib/backups/authenticate-archive.ts'
import { majorOf, readDump } from '#lib/backups/check-archive.ts'
import { withDrillServer } from '#lib/backups/drill-server.ts'
import { withPinnedBackup } from '#lib/backups/pin-backup.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { withScratchDatabase } from '#lib/backups/scratch-database.ts'
import type { ArchiveManifest } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { lastError, startTool } from '#lib/servers/tool-process.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

const disarmSql = loadSql(new URL('./sql/disarm_copy.sql', import.meta.url))

export interface RestoredArchive {
  /** The scratch database, as its superuser. It may be changed; it is thrown away. */
  url: string
  manifest: ArchiveManifest & { facts: Facts }
}

const restoreArguments = [
  '--format=custom',
  '--exit-on-error',
  // The scratch server knows none of the roles and must not reach out to anyone.
  '--no-owner',
  '--no-privileges',
  '--no-security-labels',
  '--no-publications',
  '--no-subscriptions',
  '--no-tablespaces',
]

const surroundingsFailed =
  /No space left|could not extend file|could not connect|connection to server|server closed the connection|terminating connection|out of memory|too many connections/i

async function restoreInto(scope: JobScope, archive: AuthenticArchive, url: string): Promise<void> {
  const { pgRestore } = requireTools(majorOf(archive.manifest))
  const restore = startTool(pgRestore, restoreArguments, { url, purpose: 'restore', signal: scope.signal })
  restore.child.stdout.resume()
  let sent = 0
  const dump = async function* () {
    for await (const chunk of readDump(archive)) {
      sent += chunk.length
      scope.progress(sent)
      yield chunk
    }
  }
  const piped = await pipeline(dump, restore.child.stdin).then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  )
  // A broken pipe only says that pg_restore ended first; its own words say why.
  if (piped && piped.code !== 'EPIPE') restore.child.kill('SIGKILL')
  const { code, words } = await restore.ended
  scope.signal.throwIfAborted()
  if (piped && piped.code !== 'EPIPE') throw piped
  if (code === 0 && !piped) return
  const message = `pg_restore failed: ${lastError(words)}`
  if (surroundingsFailed.test(words))
    throw new AppError('drill-server-failed', message, { kind: 'unavailable' })
  throw new AppError('restore-failed', message, {
    hint: 'The archive does not restore as a whole. Take a new one and drill it.',
  })
}

/** A copy must not be able to reach what the original reaches. */
async function disarm(url: string): Promise<void> {
  const session = connectToUrl(url, 'owner', { purpose: 'disarm' })
  try {
    await session.unsafe(disarmSql)
  } finally {
    await session.end({ timeout: 5 })
  }
}

/**
 * Restores an archive into a scratch database on the drill server for the duration of `work`; the database is dropped
 * afterwards. Every byte of the archive is authenticated before pg_restore starts. Reports the phases `authenticate`, `prepare`
 * and `restore`. Throws AppError: `archive-*` and `restore-failed` say that the archive is bad, kind `unavailable` that the
 * surroundings are.
 */
export async function withRestoredArchive<T>(
  scope: JobScope,
  backupId: string,
  work: (restored: RestoredArchive) => Promise<T>,
): Promise<T> {
  const { ctx } = scope
  const backup = await getBackup(ctx.db, backupId)
  if (backup.kind !== 'archive' || !backup.manifest || backup.status === 'expired') {
    throw new AppError(
      'backup-not-archive',
      `There is no archive to restore: this is a ${backup.status} ${backup.kind}.`,
      {
        kind: 'refused',
      },
    )
  }
  return withPinnedBackup(ctx, backupId, async () => {
    await scope.phase('authenticate', backup.sizeBytes ?? undefined)
    const options = { signal: scope.signal, onProgress: (bytes: number) => scope.progress(bytes) }
    return withAuthenticArchive(ctx, backup, options, async (archive) => {
      await scope.phase('prepare')
      return withDrillServer(ctx, (server) =>
        withScratchDatabase(ctx, server, archive.manifest, async (url) => {
          await scope.phase('restore', archive.manifest.rawBytes)
          await restoreInto(scope, archive, url)
          await disarm(url)
          return work({ url, manifest: archive.manifest })
        }),
      )
    })
  })
}
