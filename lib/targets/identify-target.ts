import { sql } from 'drizzle-orm'
import type postgres from 'postgres'
import type { Db } from '#lib/db/client.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { TargetAddress } from '#lib/targets/target-url.ts'

const identitySql = loadSql(new URL('./sql/identity.sql', import.meta.url))

/** Which database a session is in, and as whom. */
export interface TargetIdentity {
  serverVersion: string
  serverVersionNumber: number
  isStandby: boolean
  databaseName: string
  databaseOid: string
  serverStartedAt: string
  systemIdentifier: string | null
  roleName: string
  isSuperuser: boolean
  bypassesRowSecurity: boolean
}

export async function identifyTarget(session: postgres.Sql): Promise<TargetIdentity> {
  const [row] = await session.unsafe<TargetIdentity[]>(identitySql)
  return row!
}

/** Where a target is and what runs there, as its record keeps it. */
export const placeOf = (address: TargetAddress, identity: TargetIdentity) => ({
  host: address.host,
  port: address.port,
  databaseName: address.database,
  serverVersion: identity.serverVersion,
  serverVersionNumber: identity.serverVersionNumber,
  systemIdentifier: identity.systemIdentifier,
})

/**
 * Whether this is the control database itself. Compared by what the servers say of themselves, since one database
 * has many URLs; the start time tells clusters apart where the system identifier may not be read.
 */
export async function isControlDatabase(db: Db, identity: TargetIdentity): Promise<boolean> {
  const [own] = await db.execute<{ oid: string; same_start: boolean }>(sql`
    select d.oid::text as oid, pg_postmaster_start_time() = ${identity.serverStartedAt}::timestamptz as same_start
    from pg_database d where d.datname = current_database()`)
  return own!.oid === identity.databaseOid && own!.same_start
}
