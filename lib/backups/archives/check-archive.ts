import { archiveDamaged, type Manifest } from '#lib/backups/archives/archive-manifest.ts'
import { type AuthenticArchive, withAuthenticArchive } from '#lib/backups/archives/authenticate-archive.ts'
import { examineForeign } from '#lib/backups/foreign/examine-foreign.ts'
import { requireForeign } from '#lib/backups/foreign/find-foreign.ts'
import { withForeignCopy } from '#lib/backups/foreign/foreign-copy.ts'
import { findForeignManifest } from '#lib/backups/foreign/foreign-queries.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { lastError, startTool } from '#lib/servers/tool-process.ts'

/** The dump inside an authentic archive. */
export const readDump = (archive: Pick<AuthenticArchive, 'readDump'>): AsyncGenerator<Buffer> =>
  archive.readDump()

/** How many tables with data a dump's own list names; reads only as much of it as the list takes. */
async function countListedTables(
  pgRestore: string,
  dump: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<number> {
  const list = startTool(pgRestore, ['--list'], { url: null, purpose: 'list', signal })
  let text = ''
  list.child.stdout.setEncoding('utf8')
  list.child.stdout.on('data', (part: string) => {
    text += part
  })
  // It stops reading after the table of contents; the broken pipe that follows is no fault.
  let open = true
  const stop = () => {
    open = false
  }
  list.child.stdin.on('error', stop)
  void list.ended.then(stop)
  for await (const chunk of dump) {
    if (!open) break
    if (!list.child.stdin.write(chunk))
      await Promise.race([new Promise((resolve) => list.child.stdin.once('drain', resolve)), list.ended])
  }
  list.child.stdin.end()
  const { code, words } = await list.ended
  signal.throwIfAborted()
  if (code !== 0) throw archiveDamaged(`pg_restore cannot list the archive: ${lastError(words)}`)
  return text.split('\n').filter((line) => / TABLE DATA /.test(line)).length
}

/** The major version whose tools can read an archive. */
export const majorOf = (manifest: { pgDumpVersion: string }): number =>
  Number.parseInt(manifest.pgDumpVersion, 10)

/** Demands that an authentic dump lists the data of every table that its facts name. Throws AppError `archive-damaged`. */
export async function assertListed(
  manifest: Pick<Manifest, 'pgDumpVersion' | 'facts'>,
  dump: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  const { pgRestore } = requireTools(majorOf(manifest))
  const listed = await countListedTables(pgRestore, dump, signal)
  const expected = manifest.facts.tables.length
  if (listed < expected)
    throw archiveDamaged(`The archive lists the data of ${listed} tables; its facts name ${expected}.`)
}

/** What others made has no MAC: the bytes of first sight, readable to their end, are all that can be demanded. */
async function checkForeign(
  scope: Pick<JobScope, 'ctx' | 'signal' | 'progress'>,
  backupId: string,
): Promise<'listed'> {
  const { store, candidate, manifest } = await requireForeign(scope.ctx, backupId)
  const options = { signal: scope.signal, onProgress: (bytes: number) => scope.progress(bytes) }
  return withForeignCopy(store, candidate, options, async (copy) => {
    if (copy.sha256 !== manifest.sha256)
      throw archiveDamaged('Its bytes are not those that were there when it was first seen.')
    await examineForeign(copy, scope.signal)
    return 'listed' as const
  })
}

/**
 * Checks an archive as far as that goes without restoring it: every byte against its MAC, then its list of contents
 * against its facts, and its globals. Returns the level that this proves. Throws AppError `archive-damaged`.
 */
export async function checkArchive(
  scope: Pick<JobScope, 'ctx' | 'signal' | 'progress'>,
  backup: { id: string; targetId: string },
  storeName?: string,
): Promise<'listed'> {
  if (await findForeignManifest(scope.ctx.db, backup.id)) return checkForeign(scope, backup.id)
  const options = {
    signal: scope.signal,
    onProgress: (bytes: number) => scope.progress(bytes),
    ...(storeName ? { storeName } : {}),
  }
  return withAuthenticArchive(scope.ctx, backup, options, async (archive) => {
    await assertListed(archive.manifest, archive.readDump(), scope.signal)
    await archive.readGlobals()
    return 'listed' as const
  })
}
