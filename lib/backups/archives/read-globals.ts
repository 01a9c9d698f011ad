import type postgres from 'postgres'
import { messageOf } from '#lib/errors.ts'
import { lastError, quoteConnectionValue, startTool } from '#lib/servers/tool-process.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { parseTargetUrl } from '#lib/targets/target-url.ts'

const catalogGlobalsSql = loadSql(new URL('./sql/catalog_globals.sql', import.meta.url))

export interface Globals {
  sql: string
  source: 'pg_dumpall' | 'catalog'
  roles: number
  missing: string[]
}

const noPasswords = 'passwords of roles: they are never taken along'

const countRoles = (sql: string): number => sql.match(/^create role /gim)?.length ?? 0

async function dumpGlobals(pgDumpall: string, url: string, signal: AbortSignal): Promise<Globals> {
  const address = parseTargetUrl(url)
  // The database of --dbname is ignored by pg_dumpall; the one to connect to is expanded like a connection string.
  const database = address.ok ? `dbname=${quoteConnectionValue(address.value.database)}` : ''
  const args = ['--globals-only', '--no-role-passwords', `--database=${database}`]
  const dump = startTool(pgDumpall, args, { url, purpose: 'archive', signal })
  dump.child.stdin.end()
  let sql = ''
  dump.child.stdout.setEncoding('utf8')
  dump.child.stdout.on('data', (text: string) => {
    sql += text
  })
  const { code, words } = await dump.ended
  signal.throwIfAborted()
  if (code !== 0) throw new Error(lastError(words))
  return { sql, source: 'pg_dumpall', roles: countRoles(sql), missing: [noPasswords] }
}

/**
 * What a restored database needs around it: roles, memberships, settings, as SQL without passwords. From pg_dumpall where
 * the role may run it, else from what the catalog shows. Only reads. `missing` says what is not in it. Throws when the
 * catalog cannot be read either.
 */
export async function readGlobals(
  sql: postgres.Sql,
  { pgDumpall, url, signal }: { pgDumpall: string; url: string; signal: AbortSignal },
): Promise<Globals> {
  try {
    return await dumpGlobals(pgDumpall, url, signal)
  } catch (error) {
    signal.throwIfAborted()
    const rows = await sql.unsafe<{ statement: string }[]>(catalogGlobalsSql)
    const text = rows.map(({ statement }) => statement).join('\n')
    return {
      sql: `-- From the catalog: pg_dumpall could not be used.\n${text}\n`,
      source: 'catalog',
      roles: countRoles(text),
      missing: [
        noPasswords,
        `tablespaces, comments and security labels of roles, grants on parameters: ${messageOf(error)}`,
      ],
    }
  }
}
