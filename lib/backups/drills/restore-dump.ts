import { mkdirSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { divideList, extensionEntries, withoutSchemas } from '#lib/backups/archives/archive-list.ts'
import { disarmCopy } from '#lib/backups/drills/disarm-copy.ts'
import { explainRestoreFailure, wantsToReachOut } from '#lib/backups/drills/explain-restore-failure.ts'
import { makeExtensions, readExtensions } from '#lib/backups/drills/make-extensions.ts'
import type { ScratchPlace } from '#lib/backups/drills/scratch-database.ts'
import type { UncheckedPart } from '#lib/backups/types.ts'
import { ensureDataDirectory } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { lastError, startTool } from '#lib/servers/tool-process.ts'
import { untilDrained } from '#lib/servers/until-drained.ts'

/** What pg_dump wrote, in its custom format, from the first byte each time. Only bytes that were authenticated, or a place that holds nobody else's. */
export interface Dump {
  read(): AsyncIterable<Buffer>
  /** The major of the pg_dump that made it. */
  toolsMajor: number
  /** It is in pg_dump's directory format, and lies here; then nothing is read through `read`. */
  directory?: string
}

const alwaysArguments = [
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
  const { directory } = dump
  const place = directory ? ['--format=directory', directory] : ['--format=custom']
  const tool = startTool(pgRestore, [...args, ...place], { url, purpose: 'restore', signal: scope.signal })
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
    for await (const chunk of directory ? [] : dump.read()) {
      if (!open) break
      sent += chunk.length
      onBytes?.(sent)
      if (!stdin.write(chunk)) await untilDrained(stdin)
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

/** Of the extensions of a dump that others made only the names are taken; what is left of the list comes back. */
async function makeExtensionsFirst(
  { scope, dump }: ToolRun,
  place: ScratchPlace,
  all: string,
  copied: string,
): Promise<string> {
  const entries = extensionEntries(all)
  if (!entries) return copied
  const { output } = await withListFile(entries, `${place.database}-extensions`, (path) =>
    runRestore(['--format=custom', '--file=-', `--use-list=${path}`], { scope, dump, url: null }),
  )
  return withoutSchemas(copied, await makeExtensions(place, readExtensions(output)))
}

const queryOfView = /REFRESH MATERIALIZED VIEW (.+?);?$/gm

/** What materialized views hold is computed when the copy can reach nobody any more. Returns those that could not be. */
async function computeViews(run: ToolRun, list: string, database: string): Promise<string[]> {
  const { code, words } = await withListFile(list, `${database}-views`, (path) =>
    runRestore([...alwaysArguments, `--use-list=${path}`], run),
  )
  if (code === 0) return []
  // Without --exit-on-error it went on to the others; each error comes with its command.
  const failures = words
    .split(/^pg_restore: error: /m)
    .filter((text) => text.includes('REFRESH MATERIALIZED VIEW'))
  const other = failures.find((text) => !wantsToReachOut(text))
  if (other || failures.length === 0) throw explainRestoreFailure(other ?? words)
  return failures.map((text) => [...text.matchAll(queryOfView)][0]?.[1] ?? '')
}

export interface RestoredDump {
  /** What the copy goes without, each with the reason. */
  unchecked: UncheckedPart[]
  /** Materialized views that are empty in the copy, as SQL names. */
  uncomputed: string[]
}

/**
 * Restores a dump into a scratch database in two steps: first the definitions that hold no data, from which everything
 * that could reach other machines is taken, then the rest. Returns what was left out. Throws AppError: `archive-damaged` and
 * `restore-failed` say that the dump is bad, kind `unavailable` that the surroundings are.
 */
export async function restoreDump(scope: JobScope, dump: Dump, place: ScratchPlace): Promise<RestoredDump> {
  const all = await readList(scope, dump)
  const lists = divideList(all, { withoutSuperuser: place.asOwner })
  const run: ToolRun = { scope, dump, url: place.ownerUrl }
  if (place.asOwner) lists.copied = await makeExtensionsFirst(run, place, all, lists.copied)
  const restore = async (
    list: string,
    sections: string[],
    onBytes?: (sent: number) => void,
  ): Promise<void> => {
    const { code, words } = await withListFile(list, place.database, (path) =>
      runRestore([...alwaysArguments, '--exit-on-error', ...sections, `--use-list=${path}`], {
        ...run,
        ...(onBytes ? { onBytes } : {}),
      }),
    )
    if (code !== 0) throw explainRestoreFailure(words, place)
  }
  await restore(lists.copied, ['--section=pre-data'])
  await disarmCopy(place.url)
  failPoint('drills.in-restore')
  await restore(lists.copied, ['--section=data', '--section=post-data'], (sent) => scope.progress(sent))
  const uncomputed = lists.computed ? await computeViews(run, lists.computed, place.database) : []
  if (lists.watching) await restore(lists.watching, [])
  return {
    unchecked: [
      ...lists.leftOut.map((part) => ({ ...part, hint: null })),
      ...uncomputed.map((name) => ({
        what: `materialized view ${name}`,
        why: 'Its query reads from another server, which a copy must not reach.',
        hint: null,
      })),
    ],
    uncomputed,
  }
}
