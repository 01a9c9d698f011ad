import type { ExtractTablesWithRelations } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase, type PostgresJsTransaction } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as schema from '#lib/db/schema.ts'

export type Schema = typeof schema

/** Our store, the control database. A target is never a Db. */
export type Db = PostgresJsDatabase<Schema> & { $client: postgres.Sql }
export type Tx = PostgresJsTransaction<Schema, ExtractTablesWithRelations<Schema>>

/** Either: reads accept both, so that a verb can read inside its transaction. */
export type DbOrTx = Db | Tx

export interface OpenDbOptions {
  applicationName: string
  maxConnections?: number
}

/**
 * Opens a pool to the control database. Close with `closeDb`.
 * Drizzle makes this client's own date and JSON parsers inert; use it through Drizzle only.
 */
export function openDb(url: string, { applicationName, maxConnections = 10 }: OpenDbOptions): Db {
  const client = postgres(url, {
    max: maxConnections,
    idle_timeout: 60,
    connect_timeout: 10,
    // The driver counts each connection of a lost pool as a try, and would then wait for 20 seconds.
    backoff: (tries) => Math.min(2 ** tries / 20, 1),
    onnotice: () => {},
    connection: { application_name: applicationName, statement_timeout: 60_000, lock_timeout: 10_000 },
  })
  return drizzle(client, { schema, casing: 'snake_case' })
}

/** Ends the pool; running statements get five seconds. */
export const closeDb = (db: Db): Promise<void> => db.$client.end({ timeout: 5 })
