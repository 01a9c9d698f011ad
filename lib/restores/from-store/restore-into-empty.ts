import { pipeline } from 'node:stream/promises'
import type postgres from 'postgres'
import type { Manifest } from '#lib/backups/archives/archive-manifest.ts'
import { majorOf } from '#lib/backups/archives/check-archive.ts'
import type { OpenArchive } from '#lib/backups/archives/open-archive.ts'
import { AppError } from '#lib/errors.ts'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Difference, Facts } from '#lib/facts/types.ts'
import { failPoint } from '#lib/fail-point.ts'
import { assertEmpty, markUnfinished } from '#lib/restores/from-store/empty-database.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { lastError, startTool } from '#lib/servers/tool-process.ts'
import { firstAnswer } from '#lib/targets/explain-connection-error.ts'
import type { TargetIdentity } from '#lib/targets/identify-target.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

/** How the work tells where it is, with no job behind it. */
export interface RestoreProgress {
  signal: AbortSignal
  phase(name: string, total?: number): void
  progress(done: number): void
}

/** What of an open archive it takes to restore it. */
export type RestorableArchive = Pick<OpenArchive, 'manifest' | 'readDump'>

export interface RestoreOptions {
  /** The roles of the dump are all there: objects get their owners and grants. Default: all belongs to who restores. */
  keepOwners?: boolean
  /** More has to follow before it is whole; who does that takes the mark away. */
  keepMark?: boolean
  /** What the mark names, so that whoever finds it knows what came to no end. Default: the archive. */
  mark?: string
}

export interface ProvenRestore {
  /** Empty: the restored database equals the facts taken with the archive. */
  differences: Difference[]
  tables: number
  rows: number
  /** It was restored onto the very server that it came from. */
  sameServer: boolean
  /** Owners, rights and the like that the facts of the archive name and the database has not; of format 1 nothing is known. */
  lacking: string[]
}

/** Above this a single transaction could run out of lock slots. Below, a cut-off restore leaves nothing at all. */
const mostTablesAtOnce = 2_000

const restoreArguments = (manifest: Manifest, { keepOwners }: RestoreOptions): string[] => [
  '--format=custom',
  '--exit-on-error',
  // It would take the publisher's slot from whoever has it.
  '--no-subscriptions',
  '--no-security-labels',
  '--no-tablespaces',
  ...(keepOwners ? [] : ['--no-owner', '--no-privileges']),
  ...(manifest.facts.tables.length <= mostTablesAtOnce ? ['--single-transaction'] : []),
]

async function assertSuits(
  session: postgres.Sql,
  identity: TargetIdentity,
  manifest: Manifest,
): Promise<void> {
  const major = (version: number) => Math.floor(version / 10_000)
  const problem = (code: string, message: string, hint: string) =>
    new AppError(code, message, { kind: 'refused', hint })
  if (major(identity.serverVersionNumber) < major(manifest.serverVersionNumber)) {
    throw problem(
      'server-too-old',
      `The server runs PostgreSQL ${identity.serverVersion}; the archive is from ${manifest.serverVersion}.`,
      'Restore onto a server of that version or newer.',
    )
  }
  const [lacks] = await session<{ encoding: string; extensions: string[]; roles: string[] }[]>`
    select pg_catalog.current_setting('server_encoding') as encoding,
      array(select e from unnest(${manifest.extensions}::text[]) e
            where e not in (select name from pg_catalog.pg_available_extensions)) as extensions,
      array(select r from unnest(${manifest.roles}::text[]) r
            where r not in (select rolname from pg_catalog.pg_roles)) as roles`
  const { encoding, extensions, roles } = lacks!
  if (encoding !== manifest.encoding) {
    throw problem(
      'encoding-differs',
      `The database has the encoding ${encoding}; the archive holds ${manifest.encoding}.`,
      `create database NAME template template0 encoding '${manifest.encoding}';`,
    )
  }
  if (extensions.length > 0) {
    throw problem(
      'extension-missing',
      `The server lacks: ${extensions.join(', ')}.`,
      'Install them there first.',
    )
  }
  if (roles.length > 0) {
    throw problem(
      'roles-missing',
      `Definitions in the archive name roles that the server lacks: ${roles.join(', ')}.`,
      'Write the cluster’s roles with --globals-to FILE, read it, run what you want of it with psql, and repeat.',
    )
  }
}

async function runPgRestore(
  archive: RestorableArchive,
  url: string,
  work: RestoreProgress,
  options: RestoreOptions,
): Promise<void> {
  const { manifest } = archive
  const { pgRestore } = requireTools(majorOf(manifest))
  const { child, ended } = startTool(pgRestore, restoreArguments(manifest, options), {
    url,
    purpose: 'restore',
    signal: work.signal,
  })
  child.stdout.resume()
  let sent = 0
  const dump = async function* () {
    for await (const chunk of archive.readDump()) {
      sent += chunk.length
      work.progress(sent)
      yield chunk
    }
  }
  const piped = await pipeline(dump, child.stdin).then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  )
  // A broken pipe only says that pg_restore ended first; its own words say why.
  if (piped && piped.code !== 'EPIPE') child.kill('SIGKILL')
  const { code, words } = await ended
  work.signal.throwIfAborted()
  if (piped && piped.code !== 'EPIPE') throw piped
  if (code === 0 && !piped) return
  throw new AppError('restore-failed', `pg_restore failed: ${lastError(words)}`, {
    hint: 'Nothing was kept of it where the server could undo it. See what the message names, and repeat.',
  })
}

async function readCopyFacts(url: string, work: RestoreProgress): Promise<Facts> {
  const session = connectToUrl(url, 'backup', { purpose: 'restore facts' })
  try {
    return (await session.begin('isolation level repeatable read read only', (transaction) =>
      readFacts(transaction, { signal: work.signal, onProgress: (done) => work.progress(done) }),
    )) as Facts
  } finally {
    await session.end({ timeout: 5 })
  }
}

/**
 * Restores an authentic archive into an empty database and demands that its facts are equal afterwards. Needs no control
 * database. Until the proof is there the database itself says that it is not whole; a restore that is cut off leaves that mark.
 * Overwrites nothing, so it is safe to repeat. Throws AppError `database-not-empty`, `restore-unfinished`, `restore-failed`, …
 */
export async function restoreIntoEmpty(
  archive: RestorableArchive,
  url: string,
  work: RestoreProgress,
  options: RestoreOptions = {},
): Promise<ProvenRestore> {
  const { manifest } = archive
  const session = connectToUrl(url, 'owner', { purpose: 'restore', statementTimeoutMs: 0 })
  try {
    work.phase('look at the database')
    await firstAnswer(session`select 1 as one`, 'the database to restore into')
    const identity = await assertEmpty(session)
    await assertSuits(session, identity, manifest)
    const mark = options.mark ?? `archive ${manifest.backupId} of ${manifest.databaseName}`
    await markUnfinished(session, mark)
    work.phase('restore', manifest.rawBytes)
    failPoint('restores.before-restore')
    await runPgRestore(archive, url, work, options)
    failPoint('restores.before-proof')
    work.phase('facts', manifest.facts.tables.length)
    const found = await readCopyFacts(url, work)
    const differences = compareFacts(manifest.facts, found, {
      definitions: 'reloaded',
      sequencesUpTo: manifest.sequencesUpTo,
    })
    if (differences.length === 0 && !options.keepMark) await markUnfinished(session, null)
    return {
      differences,
      tables: found.tables.length,
      rows: found.tables.reduce((sum, table) => sum + table.rows, 0),
      sameServer:
        manifest.systemIdentifier !== null && manifest.systemIdentifier === identity.systemIdentifier,
      lacking: (manifest.facts.unrestored ?? []).filter((line) => !found.unrestored?.includes(line)),
    }
  } finally {
    await session.end({ timeout: 5 })
  }
}
