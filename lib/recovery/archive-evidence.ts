import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { type OpenArchive, openArchive } from '#lib/backups/archives/open-archive.ts'
import type { CatalogueArchive } from '#lib/backups/copies/store-catalogue.ts'
import { createLikeSource } from '#lib/backups/drills/scratch-locale.ts'
import { makeNamedRoles } from '#lib/backups/drills/scratch-roles.ts'
import { ensureDataDirectory } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import type { Evidence, SearchScope } from '#lib/recovery/evidence.ts'
import { type RestoreProgress, restoreIntoEmpty } from '#lib/restores/from-store/restore-into-empty.ts'
import { momentText } from '#lib/restores/moment.ts'
import { stageRows } from '#lib/rows/stage-rows.ts'
import { startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { sameTable } from '#lib/sql/identifier.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

/** Nothing on it outlives the search, and nothing of it can be reached from elsewhere. */
const settings: Record<string, string> = {
  autovacuum: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_locks_per_transaction: '1024',
  jit: 'off',
}

/** An empty database on a server of its own, which is thrown away whatever happens; needs no control database. */
async function withOwnScratch<T>(archive: OpenArchive, work: (url: string) => Promise<T>): Promise<T> {
  const home = join(ensureDataDirectory(), `rescue-${randomBytes(4).toString('hex')}`)
  const server = await startEmbeddedServer(home, { settings, quickAndUnsafe: true })
  try {
    const admin = postgres(server.urlFor('postgres'), { max: 1, onnotice: () => {} })
    try {
      await makeNamedRoles(admin, archive.manifest.roles)
      await createLikeSource(admin, 'rescue', archive.manifest)
    } finally {
      await admin.end({ timeout: 5 })
    }
    return await work(server.urlFor('rescue'))
  } finally {
    await server.stop()
    await rm(home, { recursive: true, force: true })
  }
}

export interface ArchivePlace {
  store: ArchiveStore
  keys: KeyRing
  progress: RestoreProgress
}

/** Restores an archive, proves it against its facts, and reads it; what differs from its facts is not read. */
export async function withProvenArchive<T>(
  { store, keys, progress }: ArchivePlace,
  { manifestKey, sizeBytes }: CatalogueArchive,
  work: (sql: postgres.Sql) => Promise<T>,
): Promise<T> {
  progress.phase('authenticate', sizeBytes)
  const archive = await openArchive(store, keys, manifestKey, {
    signal: progress.signal,
    onProgress: (bytes) => progress.progress(bytes),
  })
  try {
    return await withOwnScratch(archive, async (url) => {
      const { differences } = await restoreIntoEmpty(archive, url, progress)
      if (differences.length > 0)
        throw new AppError(
          'archive-not-proven',
          `Restored, it differs from its facts in ${differences.length} ways.`,
        )
      const sql = connectToUrl(url, 'backup', { purpose: 'rescue' })
      try {
        return await work(sql)
      } finally {
        await sql.end({ timeout: 5 })
      }
    })
  } finally {
    await archive.close()
  }
}

/** An archive of a store as evidence: restored and proven when it is asked, with the store and the key alone. */
export const ofStoredArchive = (
  place: ArchivePlace,
  scope: SearchScope,
  archive: CatalogueArchive,
): Evidence => ({
  source: { kind: 'archive', backupId: archive.backupId, at: archive.takenAt.toISOString() },
  label: `the archive of ${momentText(archive.takenAt)}`,
  open: (work) =>
    withProvenArchive(place, archive, async (from) => {
      const there = (await listTables(from)).filter((table) => table.kind !== 'partition')
      return work({
        async bring(live) {
          const table = there.find((one) => sameTable(one, live))
          if (!table) return null
          const { source } = await stageRows(from, scope.sql, live, table, {
            signal: scope.signal,
            whole: true,
          })
          return source
        },
        prove: async () => {},
      })
    }),
})
