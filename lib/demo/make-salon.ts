import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { dataDirectory, ensureDataDirectory } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const schemaSql = loadSql(new URL('./sql/salon_schema.sql', import.meta.url))
const dataSql = loadSql(new URL('./sql/salon_data.sql', import.meta.url))
const grantsSql = loadSql(new URL('./sql/salon_grants.sql', import.meta.url))

/** The database that the demo lives in, and the target's name. */
export const salonDatabase = 'salon'

const applicationRole = 'salon_app'
const applicationUrlFile = (): string => join(dataDirectory(), 'demo-application.url')

/** The URL that the demo's own application connects with. Throws AppError `no-demo` where the demo was never made. */
export function salonApplicationUrl(): string {
  if (!existsSync(applicationUrlFile())) {
    throw new AppError('no-demo', 'There is no demo in this installation.', {
      kind: 'not-found',
      hint: 'Start Holdfast once without --no-demo.',
    })
  }
  return readFileSync(applicationUrlFile(), 'utf8').trim()
}

/**
 * Makes the salon's database, its data and its least-privilege application role, where they are missing.
 * Schema, data and grants are one transaction, so a first start that died halfway begins again. Safe to repeat.
 */
export async function makeSalon(serverUrl: (database: string) => string): Promise<{ created: boolean }> {
  const server = postgres(serverUrl('postgres'), { max: 1, onnotice: () => {} })
  try {
    const [database] = await server`select from pg_database where datname = ${salonDatabase}`
    if (!database) await server`create database salon`
    await rememberApplication(server, serverUrl(salonDatabase))
  } finally {
    await server.end({ timeout: 5 })
  }

  const salon = postgres(serverUrl(salonDatabase), { max: 1, onnotice: () => {} })
  try {
    const [filled] = await salon`select to_regclass('public.invoice_lines') is not null as present`
    if (filled?.present) return { created: false }
    await salon.begin(async (transaction) => {
      await transaction.unsafe(schemaSql)
      await transaction.unsafe(dataSql)
      await transaction.unsafe(grantsSql)
    })
    await salon`analyze`
    return { created: true }
  } finally {
    await salon.end({ timeout: 5 })
  }
}

/** Creates the application's role once, with a password that only the owner of the data directory can read. */
async function rememberApplication(server: postgres.Sql, salonUrl: string): Promise<void> {
  const file = applicationUrlFile()
  const known = existsSync(file) ? new URL(readFileSync(file, 'utf8').trim()) : null
  const password = known ? decodeURIComponent(known.password) : randomBytes(18).toString('base64url')
  const [role] = await server`select from pg_roles where rolname = ${applicationRole}`
  if (!role) await server`create role salon_app login nosuperuser nocreatedb nocreaterole noreplication`
  // base64url has no character that a string literal would need escaped; ALTER ROLE takes no parameter.
  if (!role || !known) await server.unsafe(`alter role salon_app password '${password}'`)

  const url = new URL(salonUrl)
  url.username = applicationRole
  url.password = password
  ensureDataDirectory()
  writeFileSync(file, url.toString(), { mode: 0o600 })
}
