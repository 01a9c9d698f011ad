import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type postgres from 'postgres'
import { requireTools } from '#lib/servers/find-tools.ts'
import { startTool } from '#lib/servers/tool-process.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

export interface Dump {
  file: string
  major: number
}

interface ToolEnd {
  code: number | null
  words: string
}

function run(tool: 'pgDump' | 'pgRestore', major: number, args: string[], url: string): Promise<ToolEnd> {
  const { signal } = new AbortController()
  return startTool(requireTools(major)[tool], args, { url, purpose: 'test', signal }).ended
}

/** A custom-format dump by plain pg_dump, kept until the test file ends. Throws what pg_dump said. */
export async function dumpDatabase(url: string, major: number, options: string[] = []): Promise<Dump> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-dump-'))
  cleanUp(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'database.dump')
  const { code, words } = await run('pgDump', major, ['--format=custom', `--file=${file}`, ...options], url)
  if (code !== 0) throw new Error(words)
  return { file, major }
}

/** Plain pg_restore; its exit code and words, also when it failed. */
export const restoreDump = (dump: Dump, url: string, options: string[] = []): Promise<ToolEnd> =>
  run('pgRestore', dump.major, [...options, dump.file], url)

/** A dump restored into a new database of a server. */
export async function restoreIntoNew(
  dump: Dump,
  server: string,
): Promise<{ url: string; sql: postgres.Sql; restored: ToolEnd }> {
  const { url, sql } = await createTestDatabase('', server)
  return { url, sql, restored: await restoreDump(dump, url) }
}
