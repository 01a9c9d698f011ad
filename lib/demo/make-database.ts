import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import type { DemoDatabase } from '#lib/demo/database.ts'
import { type DemoRole, findDemoUrls, rememberDemoUrls } from '#lib/demo/demo-urls.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const statisticsSql = loadSql(new URL('./sql/statistics.sql', import.meta.url))
const grantsSql = loadSql(new URL('./sql/grants.sql', import.meta.url))

/**
 * Makes a demo database, its rows and its roles, where they are missing. Tables, rows and grants are one transaction, so a
 * first start that died halfway begins again. `today` is the day that the rows' dates are counted from. Safe to repeat.
 */
export async function makeDatabase(
  serverUrl: (database: string) => string,
  { name, scripts, hasOwner }: DemoDatabase,
  today: Date,
): Promise<{ created: boolean }> {
  const server = postgres(serverUrl('postgres'), { max: 1, onnotice: () => {} })
  try {
    const [database] = await server`select from pg_database where datname = ${name}`
    if (!database) await server`create database ${server(name)}`
    await keepRoles(server, name, hasOwner ? ['application', 'owner'] : ['application'], serverUrl(name))
  } finally {
    await server.end({ timeout: 5 })
  }

  const sql = postgres(serverUrl(name), { max: 1, onnotice: () => {} })
  try {
    return await sql.begin(async (transaction) => {
      const [filled] =
        await transaction`select from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`
      if (filled) return { created: false }
      await transaction`select set_config('demo.today', ${today.toISOString()}, true),
        set_config('demo.application', ${roleName(name, 'application')}, true),
        set_config('demo.owner', ${hasOwner ? roleName(name, 'owner') : ''}, true)`
      for (const script of [...scripts, grantsSql, statisticsSql]) await transaction.unsafe(script)
      await transaction`analyze`
      return { created: true }
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const suffixes: Record<DemoRole, string> = { application: 'app', owner: 'owner' }

const roleName = (database: string, role: DemoRole): string => `${database}_${suffixes[role]}`

/** Creates the roles once, each with a password that only the owner of the data directory can read. */
async function keepRoles(server: postgres.Sql, name: string, roles: DemoRole[], url: string): Promise<void> {
  const known = findDemoUrls(name)
  const urls: Partial<Record<DemoRole, string>> = {}
  for (const role of roles) {
    const login = roleName(name, role)
    const before = known[role] ? new URL(known[role]) : null
    const password = before ? decodeURIComponent(before.password) : randomBytes(18).toString('base64url')
    const [existing] = await server`select from pg_roles where rolname = ${login}`
    if (!existing) {
      await server`create role ${server(login)} login nosuperuser nocreatedb nocreaterole noreplication`
    }
    if (!existing || !before) {
      // ALTER ROLE takes no parameter; base64url and the demo's own names have no character that would need escaping.
      await server.unsafe(`alter role ${login} password '${password}'`)
    }
    const own = new URL(url)
    own.username = login
    own.password = password
    urls[role] = own.toString()
  }
  rememberDemoUrls(name, urls)
}
