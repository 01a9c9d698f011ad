import { createZstdDecompress } from 'node:zlib'
import { archiveDamaged } from '#lib/backups/archive-manifest.ts'
import { type AuthenticArchive, withAuthenticArchive } from '#lib/backups/authenticate-archive.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { lastError, startTool } from '#lib/servers/tool-process.ts'

/**
 * The dump inside an archive as it was before compression. Stops when it grows beyond the recorded size: a few bytes
 * of zstd can become terabytes. Fails when it ends before.
 */
export async function* readDump(archive: AuthenticArchive): AsyncGenerator<Buffer> {
  const { rawBytes } = archive.manifest
  const decompress = createZstdDecompress()
  const feed = (async () => {
    for await (const chunk of archive.read()) {
      if (decompress.destroyed) return
      if (!decompress.write(chunk))
        await new Promise<void>((resolve) => {
          decompress.once('drain', resolve)
          decompress.once('close', resolve)
        })
    }
    decompress.end()
  })().catch((error) => decompress.destroy(error))
  let seen = 0
  try {
    for await (const chunk of decompress as AsyncIterable<Buffer>) {
      seen += chunk.length
      if (seen > rawBytes) throw archiveDamaged('The archive holds more than its manifest says.')
      yield chunk
    }
    if (seen !== rawBytes) throw archiveDamaged('The archive holds less than its manifest says.')
  } finally {
    decompress.destroy()
    await feed
  }
}

/** How many tables with data an archive's own list names. */
async function countListedTables(scope: JobScope, archive: AuthenticArchive): Promise<number> {
  const { pgRestore } = requireTools(majorOf(archive.manifest))
  const list = startTool(pgRestore, ['--list'], { url: null, purpose: 'list', signal: scope.signal })
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
  for await (const chunk of readDump(archive)) {
    if (!open) break
    if (!list.child.stdin.write(chunk))
      await Promise.race([new Promise((resolve) => list.child.stdin.once('drain', resolve)), list.ended])
  }
  list.child.stdin.end()
  const { code, words } = await list.ended
  scope.signal.throwIfAborted()
  if (code !== 0) throw archiveDamaged(`pg_restore cannot list the archive: ${lastError(words)}`)
  return text.split('\n').filter((line) => / TABLE DATA /.test(line)).length
}

/** The major version whose tools can read an archive. */
export const majorOf = (manifest: { pgDumpVersion: string }): number =>
  Number.parseInt(manifest.pgDumpVersion, 10)

/**
 * Checks an archive as far as that goes without restoring it: every byte against its MAC, then its list of contents
 * against its facts. Returns the level that this proves. Throws AppError `archive-damaged`.
 */
export async function checkArchive(
  scope: JobScope,
  backup: { id: string; targetId: string },
): Promise<'listed'> {
  const options = { signal: scope.signal, onProgress: (bytes: number) => scope.progress(bytes) }
  return withAuthenticArchive(scope.ctx, backup, options, async (archive) => {
    const listed = await countListedTables(scope, archive)
    const expected = archive.manifest.facts.tables.length
    if (listed < expected)
      throw archiveDamaged(`The archive lists the data of ${listed} tables; its facts name ${expected}.`)
    return 'listed' as const
  })
}
