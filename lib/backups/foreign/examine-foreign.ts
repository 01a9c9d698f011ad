import type { ForeignCopy } from '#lib/backups/foreign/foreign-copy.ts'
import { type ForeignHeader, readHeader } from '#lib/backups/foreign/foreign-layout.ts'
import { AppError } from '#lib/errors.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { lastError, startTool } from '#lib/servers/tool-process.ts'

const damaged = (words: string): AppError =>
  new AppError('archive-damaged', `pg_restore cannot read it to its end: ${lastError(words)}`, {
    hint: 'Whoever makes it has to make it again. Was it cut off, or is the disk full there?',
  })

async function run(args: string[], signal: AbortSignal, keep: boolean): Promise<string> {
  // The newest: it reads what every older one wrote.
  const { pgRestore } = requireTools()
  const { child, ended } = startTool(pgRestore, args, { url: null, purpose: 'look', signal })
  child.stdin.end()
  let output = ''
  if (keep) child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part))
  else child.stdout.resume()
  const { code, words } = await ended
  signal.throwIfAborted()
  if (code !== 0) throw damaged(words)
  return output
}

/**
 * Reads an archive that others made from its first to its last byte, with no database: a table of contents alone is whole
 * even where nine tenths of the data are missing. Throws AppError `archive-damaged`.
 */
export async function examineForeign(copy: ForeignCopy, signal: AbortSignal): Promise<ForeignHeader> {
  const format = `--format=${copy.isDirectory ? 'directory' : 'custom'}`
  const list = await run([format, '--list', copy.path], signal, true)
  await run([format, '--file=-', copy.path], signal, false)
  return readHeader(list)
}
