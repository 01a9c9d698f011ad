import { mkdirSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CopyLists, divideList } from '#lib/backups/archive-list.ts'
import { disarmCopy } from '#lib/backups/disarm-copy.ts'
import { explainRestoreFailure, wantsToReachOut } from '#lib/backups/explain-restore-failure.ts'
import type { ScratchPlace } from '#lib/backups/scratch-database.ts'
import type { UncheckedPart } from '#lib/backups/types.ts'
import { ensureDataDirectory } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { lastError, startTool } from '#lib/servers/tool-process.ts'

/** What pg_dump wrote, in its custom format, from the first byte each time. Only bytes that were authenticated, or a place that holds nobody else's. */
export interface Dump {
  read(): AsyncIterable<Buffer>
  /** The major of the pg_dump that made it. */
  toolsMajor: number
}

const alwaysArguments = [
  '--format=custom',
  // The scratch server knows none of the roles and must not reach out to anyone.
  '--no-owner',
  '--no-privileges',
  '--no-security-labels',
  '--no-publications',
  '--no-subscriptions',
  '--no-tablespaces',
]

interface ToolRun {
  scope: JobScope
  dump: Dump
  /** Null: only reads. */
  url: string | null
  onBytes?: (sent: number) => void
}

/** Runs pg_restore over the dump; it may stop reading before its end. */
async function runRestore(
  args: readonly string[],
  { scope, dump, url, onBytes }: ToolRun,
): Promise<{ code: number | null; words: string; output: string }> {
  const { pgRestore } = requireTools(dump.toolsMajor)
  const tool = startTool(pgRestore, args, { url, purpose: 'restore', signal: scope.signal })
  const { stdin, stdout } = tool.child
  const output: string[] = []
  stdout.setEncoding('utf8').on('data', (part: string) => {
    output.push(part)
  })
  let open = true
  const stop = () => {
    open = false
  }
  stdin.on('error', stop)
  const ended = tool.ended.finally(stop)
  let sent = 0
  try {
    for await (const chunk of dump.read()) {
      if (!open) break
      sent += chunk.length
      onBytes?.(sent)
      if (!stdin.write(chunk))
        await Promise.race([new Promise((resolve) => stdin.once('drain', resolve)), ended])
    }
    stdin.end()
  } catch (error) {
    tool.child.kill('SIGKILL')
    await ended
    throw error
  }
  const { code, words } = await ended
  scope.signal.throwIfAborted()
  return { code, words, output: output.join('') }
}

/** The archive's table of contents; damage that shows there is the archive's own. */
export async function readList(scope: JobScope, dump: Dump): Promise<string> {
  const { code, words, output } = await runRestore(['--list'], { scope, dump, url: null })
  if (code === 0) return output
  throw new AppError('archive-damaged', `pg_restore cannot list the archive: ${lastError(words)}`, {
    hint: 'Do not restore from it. Take a new archive, and use an older one meanwhile.',
  })
}

/** Where lists lie while pg_restore reads them, each named by the process that wrote it. */
export function listsDirectory(): string {
  const directory = join(ensureDataDirectory(), 'drill-lists')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return directory
}

async function withListFile<T>(list: string, name: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = join(listsDirectory(), `${process.pid}-${name}.list`)
  try {
    await writeFile(path, list, { mode: 0o600 })
    return await work(path)
  } finally {
    await rm(path, { force: true })
  }
}

const queryOfView = /REFRESH MATERIALIZED VIEW (.+?);?$/gm

/** What materialized views hold is computed at last, when the copy can reach nobody any more. */
async function computeViews(run: ToolRun, lists: CopyLists, database: string): Promise<UncheckedPart[]> {
  if (!lists.computed) return []
  const { code, words } = await withListFile(lists.computed, `${database}-views`, (path) =>
    runRestore([...alwaysArguments, `--use-list=${path}`], run),
  )
  if (code === 0) return []
  // Without --exit-on-error it went on to the others; each error comes with its command.
  const failures = words
    .split(/^pg_restore: error: /m)
    .filter((text) => text.includes('REFRESH MATERIALIZED VIEW'))
  const other = failures.find((text) => !wantsToReachOut(text))
  if (other || failures.length === 0) throw explainRestoreFailure(other ?? words)
  return failures.map((text) => ({
    what: `materialized view ${[...text.matchAll(queryOfView)][0]?.[1] ?? ''}`,
    why: 'Its query reads from another server, which a copy must not reach.',
    hint: null,
  }))
}

/**
 * Restores a dump into a scratch database in two steps: first the definitions that hold no data, from which everything
 * that could reach other machines is taken, then the rest. Returns what was left out. Throws AppError: `archive-damaged` and
 * `restore-failed` say that the dump is bad, kind `unavailable` that the surroundings are.
 */
export async function restoreDump(
  scope: JobScope,
  dump: Dump,
  place: ScratchPlace,
): Promise<UncheckedPart[]> {
  const lists = divideList(await readList(scope, dump), { withoutSuperuser: place.asOwner })
  const run: ToolRun = { scope, dump, url: place.ownerUrl }
  const restore = async (sections: string[], onBytes?: (sent: number) => void): Promise<void> => {
    const { code, words } = await withListFile(lists.copied, place.database, (path) =>
      runRestore([...alwaysArguments, '--exit-on-error', ...sections, `--use-list=${path}`], {
        ...run,
        ...(onBytes ? { onBytes } : {}),
      }),
    )
    if (code !== 0) throw explainRestoreFailure(words, place)
  }
  await restore(['--section=pre-data'])
  await disarmCopy(place.url)
  failPoint('drills.in-restore')
  await restore(['--section=data', '--section=post-data'], (sent) => scope.progress(sent))
  const unfilled = await computeViews(run, lists, place.database)
  return [...lists.leftOut.map((part) => ({ ...part, hint: null })), ...unfilled]
}
