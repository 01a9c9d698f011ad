import { createHash } from 'node:crypto'
import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { checksumTable } from '#lib/facts/checksum-table.ts'
import type { ConstraintFacts, Facts, SequenceFacts, TableFacts } from '#lib/facts/types.ts'
import { quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { listTables, pickTables } from '#lib/targets/introspect.ts'
import type { Table } from '#lib/targets/types.ts'

const pinOutputSql = loadSql(new URL('./sql/pin_output.sql', import.meta.url))
const definitionsSql = loadSql(new URL('./sql/definitions.sql', import.meta.url))
const constraintsSql = loadSql(new URL('./sql/constraints.sql', import.meta.url))
const sequencesSql = loadSql(new URL('./sql/sequences.sql', import.meta.url))
const notCoveredSql = loadSql(new URL('./sql/not_covered.sql', import.meta.url))

type Session = postgres.Sql | postgres.TransactionSql

export interface ReadFactsOptions {
  /** Only these tables (a partitioned one as a whole), with what belongs to them. Default: the whole database. */
  tables?: readonly TableName[]
  /** After each table. */
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal
}

/** Fixes how values are written for the rest of this transaction, so that equal content has equal text. */
export async function pinOutput(sql: Session): Promise<void> {
  await sql.unsafe(pinOutputSql)
}

/**
 * Where the sequences stand now. Sequences are outside of every database snapshot: this is the present,
 * also in a repeatable-read transaction.
 */
export async function readSequences(
  sql: Session,
  tableOids: string[] | null = null,
): Promise<SequenceFacts[]> {
  const names = await sql.unsafe<TableName[]>(sequencesSql, [tableOids as never])
  const facts: SequenceFacts[] = []
  for (const { schema, name } of names) {
    const [row] = await sql.unsafe<{ last: string; called: boolean }[]>(
      `select last_value::text as last, is_called as called from ${quoteTable({ schema, name })}`,
    )
    facts.push({ schema, name, lastValue: row!.last, isCalled: row!.called })
  }
  return facts
}

async function listOids(sql: Session, tables: readonly TableName[]): Promise<string[]> {
  const oids: string[] = []
  for (const table of tables) {
    const [row] = await sql.unsafe<{ oid: string }[]>('select $1::regclass::oid::text as oid', [
      quoteTable(table),
    ])
    oids.push(row!.oid)
  }
  return oids
}

async function assertOneSnapshot(sql: Session): Promise<{ takenAt: string; version: string }> {
  const [row] = await sql.unsafe<{ isolation: string; takenAt: string; version: string }[]>(
    `select current_setting('transaction_isolation') as isolation, current_setting('server_version_num') as version,
      to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "takenAt"`,
  )
  if (row!.isolation === 'repeatable read' || row!.isolation === 'serializable') return row!
  throw new AppError('facts-no-snapshot', 'Facts must be read in one repeatable-read transaction.')
}

const fingerprintOf = (tables: TableFacts[], constraints: ConstraintFacts[], definitions: string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([tables.map((table) => [table.schema, table.name]), constraints, definitions]))
    .digest('hex')

/**
 * Reads what a copy must equal to be called proven. `sql` is inside a repeatable-read transaction, so that all of it is
 * one moment (sequences excepted, see readSequences). Only reads; one row per table travels. Throws when a table cannot
 * be read whole, also when row security would hide rows.
 */
export async function readFacts(sql: Session, options: ReadFactsOptions = {}): Promise<Facts> {
  await pinOutput(sql)
  const { takenAt, version } = await assertOneSnapshot(sql)
  const all = await listTables(sql)
  // Leaves hold the rows; a partitioned table is read only when it is asked for by name.
  const chosen: Table[] = options.tables
    ? pickTables(all, options.tables)
    : all.filter((table) => table.kind !== 'partitioned')
  const oids = options.tables ? await listOids(sql, chosen) : null

  const sequences = await readSequences(sql, oids)
  const tables: TableFacts[] = []
  for (const table of chosen) {
    tables.push(
      await checksumTable(
        sql,
        table,
        table.columns.map((column) => column.name),
        options.signal,
      ),
    )
    options.onProgress?.(tables.length, chosen.length)
  }
  const constraints = await sql.unsafe<ConstraintFacts[]>(constraintsSql, [oids as never])
  const lines = await sql.unsafe<{ line: string }[]>(definitionsSql, [oids as never])
  const notCovered = options.tables ? [] : await sql.unsafe<Facts['notCovered']>(notCoveredSql)
  const definitions = lines.map(({ line }) => line)
  return {
    takenAt,
    serverVersionNumber: Number(version),
    tables,
    sequences,
    constraints: [...constraints],
    definitions,
    schemaFingerprint: fingerprintOf(tables, [...constraints], definitions),
    notCovered: [...notCovered],
  }
}
