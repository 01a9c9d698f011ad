import { statfs } from 'node:fs/promises'
import type postgres from 'postgres'
import { actingExtensions } from '#lib/backups/archives/archive-list.ts'
import { predictBytes } from '#lib/backups/drills/scratch-needs.ts'
import type { ArchiveManifest } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import type { DatabasePlace } from '#lib/restores/database/read-database-place.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { isLocalHost } from '#lib/targets/target-url.ts'

const restoreNeedsSql = loadSql(new URL('./sql/restore_needs.sql', import.meta.url))

interface Needs {
  extensions: string[]
  roles: string[]
  owners: string[]
  placedElsewhere: number
  subscriptions: number
}

const refused = (code: string, message: string, hint: string) =>
  new AppError(code, message, { kind: 'refused', hint })

function assertSuits(manifest: ArchiveManifest, live: DatabasePlace, needs: Needs): void {
  const major = (version: number) => Math.floor(version / 10_000)
  if (major(live.serverVersionNumber) < major(manifest.serverVersionNumber))
    throw refused(
      'server-too-old',
      `The server runs PostgreSQL ${live.serverVersion}; the archive is from ${manifest.serverVersion}.`,
      'Restore onto a server of that version or newer.',
    )
  if (live.encoding !== manifest.encoding)
    throw refused(
      'encoding-differs',
      `The live database has the encoding ${live.encoding}; the archive holds ${manifest.encoding}.`,
      'Restore it into a database of its own: holdfast restores from-store STORE --into URL',
    )
  const acting = manifest.extensions.filter((name) => actingExtensions.includes(name))
  if (acting.includes('pg_cron'))
    throw refused(
      'extension-single',
      'The archive holds pg_cron, which only one database of a server can have: the live one has it.',
      'Restore the tables that were lost instead: holdfast restores plan TARGET --from ID',
    )
  if (needs.extensions.length > 0)
    throw refused(
      'extension-missing',
      `The server lacks: ${needs.extensions.join(', ')}.`,
      'Install them there first.',
    )
  if (needs.roles.length > 0)
    throw refused(
      'roles-missing',
      `Definitions in the archive name roles that the server lacks: ${needs.roles.join(', ')}.`,
      needs.roles.map((role) => `create role ${quoteIdentifier(role)} nologin;`).join(' '),
    )
  if (needs.owners.length > 0)
    throw refused(
      'database-rights',
      `${live.role} may not act as ${needs.owners.join(', ')}, who own objects of the live database.`,
      needs.owners
        .map((owner) => `grant ${quoteIdentifier(owner)} to ${quoteIdentifier(live.role)};`)
        .join(' '),
    )
}

/** What the disk of the server has free, where this machine can tell: no SQL does. */
async function freeBytes(host: string, directory: string | null): Promise<number | null> {
  if (!isLocalHost(host) || !directory) return null
  return statfs(directory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  )
}

async function sayDisk(manifest: ArchiveManifest, live: DatabasePlace, host: string): Promise<string> {
  const needed = predictBytes(manifest)
  const free = await freeBytes(host, live.dataDirectory)
  const size = live.sizeBytes === null ? '' : `; the live one takes ${formatBytes(Number(live.sizeBytes))}`
  const need = `The new database takes about ${formatBytes(needed)} beside the live one${size}.`
  if (free === null)
    return `${need} PostgreSQL does not tell how much its disk has free: look before you run it (df -h ${live.dataDirectory ?? 'of its data directory'}).`
  if (free < needed)
    throw refused(
      'disk-full',
      `${need} The disk of ${live.dataDirectory} has ${formatBytes(free)} free.`,
      'Free space there; a server whose disk is full stops.',
    )
  return `${need} Its disk has ${formatBytes(free)} free.`
}

/**
 * What a plan says of the server: whether the archive fits there (else AppError, kind refused, with the SQL that helps), and
 * sentences about what it costs and leaves out. `session` is in the live database, as its owner.
 */
export async function checkServerNeeds(
  session: postgres.Sql,
  manifest: ArchiveManifest,
  live: DatabasePlace,
  host: string,
): Promise<{ warnings: string[]; notCovered: string[] }> {
  const [needs] = await session.unsafe<[Needs]>(restoreNeedsSql, [
    manifest.extensions as never,
    manifest.roles as never,
  ])
  assertSuits(manifest, live, needs)
  const acting = manifest.extensions.filter((name) => actingExtensions.includes(name))
  return {
    warnings: [
      await sayDisk(manifest, live, host),
      ...(acting.length > 0
        ? [`The new database has ${acting.join(', ')} too, which acts by itself on what its tables hold.`]
        : []),
    ],
    notCovered: [
      'Holdfast’s snapshots and undo copies: they stay in the live database.',
      ...(needs.placedElsewhere > 0
        ? [
            `${needs.placedElsewhere} tables and indexes have a tablespace of their own; in the new database all lie in ${live.tablespace}.`,
          ]
        : []),
      ...(needs.subscriptions > 0
        ? ['Subscriptions: two databases cannot follow one publisher by the same slot.']
        : []),
      'Security labels.',
    ],
  }
}
