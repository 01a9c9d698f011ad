import type postgres from 'postgres'
import { AppError, messageOf } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import { unfinishedMark } from '#lib/restores/from-store/empty-database.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const createDatabaseLikeSql = loadSql(new URL('./sql/create_database_like.sql', import.meta.url))
const carryDatabaseSettingsSql = loadSql(new URL('./sql/carry_database_settings.sql', import.meta.url))

/** The database that a restore of this operation makes says so until it is whole. */
export const markOf = (operationId: string): string => `operation ${operationId}`

/** Says something of a database where people look for it: in its comment. Null takes it away. Safe to repeat. */
export async function commentOnDatabase(
  server: postgres.Sql,
  database: string,
  comment: string | null,
): Promise<void> {
  const [row] = await server<{ statement: string }[]>`
    select pg_catalog.format('comment on database %I is %L', ${database}::text, ${comment}::text) as statement`
  await server.unsafe(row!.statement)
}

/** The command that takes a database away for good; Holdfast shows it and leaves it to people. */
export const dropCommand = (database: string): string => `drop database ${quoteIdentifier(database)};`

/**
 * Makes an empty database with the owner, encoding, sorting and tablespace of `live`, marked as unfinished by `operationId`.
 * Not safe to repeat: throws AppError `database-exists` when there is one of this name.
 */
export async function makeDatabase(
  server: postgres.Sql,
  live: string,
  database: string,
  operationId: string,
): Promise<void> {
  const [row] = await server.unsafe<{ statement: string }[]>(createDatabaseLikeSql, [live, database])
  try {
    await server.unsafe(row!.statement)
  } catch (error) {
    const code = (error as { code?: string }).code
    if (code === '42P04') {
      throw new AppError('database-exists', `There is a database “${database}” already.`, {
        kind: 'refused',
        hint: 'Request the restore again; it takes another name.',
      })
    }
    const hint =
      code === '42501'
        ? 'The role needs createdb, membership in the live database’s owner, and create on its tablespace.'
        : 'Nothing was made.'
    throw new AppError('database-not-made', `The database could not be made: ${messageOf(error)}`, {
      hint,
      cause: error,
    })
  }
  failPoint('restores.after-create')
  await commentOnDatabase(server, database, unfinishedMark(markOf(operationId)))
}

/**
 * Gives a database the settings, the limit of connections and the rights of another one. What the role may not give is told
 * and not given. Safe to repeat.
 */
export async function carrySettings(
  server: postgres.Sql,
  live: string,
  database: string,
): Promise<{ carried: string[]; notCarried: string[] }> {
  const rows = await server.unsafe<{ what: string; statement: string }[]>(carryDatabaseSettingsSql, [
    live,
    database,
  ])
  const [carried, notCarried]: [string[], string[]] = [[], []]
  for (const { what, statement } of rows) {
    try {
      await server.unsafe(statement)
      carried.push(what)
    } catch (error) {
      // Its message may repeat the value, which can be a secret.
      notCarried.push(`${what} (SQLSTATE ${(error as { code?: string }).code ?? 'unknown'})`)
    }
  }
  return { carried, notCarried }
}

/** A database that nobody works in yet is not to be written to by accident: it equals its archive. Safe to repeat. */
export async function setReadOnly(server: postgres.Sql, database: string): Promise<void> {
  await server.unsafe(`alter database ${quoteIdentifier(database)} set default_transaction_read_only to on`)
}

/** Drops a database with whoever is in it. Only for those that an operation of Holdfast made and did not finish. Safe to repeat. */
export async function dropUnfinished(server: postgres.Sql, database: string): Promise<void> {
  await server.unsafe(`drop database if exists ${quoteIdentifier(database)} with (force)`)
}
