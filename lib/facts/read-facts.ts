import { createHash } from 'node:crypto'
import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { checksumOf } from '#lib/facts/checksum-table.ts'
import { readAround, readDefinitions, readLines } from '#lib/facts/read-definitions.ts'
import { type ReadTablesOptions, readTables } from '#lib/facts/read-tables.ts'
import type {
  ConstraintFacts,
  Facts,
  GlobalFacts,
  LargeObjectFacts,
  SequenceFacts,
} from '#lib/facts/types.ts'
import { quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { listTables, pickTables } from '#lib/targets/introspect.ts'
import type { Table } from '#lib/targets/types.ts'

const pinOutputSql = loadSql(new URL('./sql/pin_output.sql', import.meta.url))
const sequencesSql = loadSql(new URL('./sql/sequences.sql', import.meta.url))
const largeObjectsSql = loadSql(new URL('./sql/large_objects.sql', import.meta.url))
const globalsSql = loadSql(new URL('./sql/globals.sql', import.meta.url))
const lockedTablesSql = loadSql(new URL('./sql/locked_tables.sql', import.meta.url))
const notCoveredSql = loadSql(new URL('./sql/not_covered.sql', import.meta.url))

type Session = postgres.Sql | postgres.TransactionSql

export interface ReadFactsOptions extends ReadTablesOptions {
  /** Only these tables (a partitioned one as a whole), with what belongs to them. Default: the whole database. */
  tables?: readonly TableName[]
}

const sequencesPerQuery = 100

/**
 * Fixes how values are written for the rest of this transaction, so that equal content has equal text; and how long its
 * statements may take (any time) and wait for locks (ten seconds, or less where the caller says so).
 */
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
  for (let first = 0; first < names.length; first += sequencesPerQuery) {
    const some = names.slice(first, first + sequencesPerQuery)
    const selects = some.map(
      (name, i) =>
        `select ${i} as place, last_value::text as last, is_called as called from ${quoteTable(name)}`,
    )
    const rows = await sql.unsafe<{ last: string; called: boolean }[]>(
      `${selects.join(' union all ')} order by place`,
    )
    facts.push(
      ...some.map(({ schema, name }, i) => ({
        schema,
        name,
        lastValue: rows[i]!.last,
        isCalled: rows[i]!.called,
      })),
    )
  }
  return facts
}

async function listOids(sql: Session, tables: readonly TableName[]): Promise<string[]> {
  const rows = await sql.unsafe<{ oid: string }[]>(
    'select name::regclass::oid::text as oid from unnest($1::text[]) with ordinality as t (name, place) order by place',
    [tables.map(quoteTable) as never],
  )
  return rows.map(({ oid }) => oid)
}

async function assertOneSnapshot(sql: Session): Promise<{ takenAt: string; version: string }> {
  const [row] = await sql.unsafe<{ isolation: string; takenAt: string; version: string }[]>(
    `select current_setting('transaction_isolation') as isolation, current_setting('server_version_num') as version,
      to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "takenAt"`,
  )
  if (row!.isolation === 'repeatable read' || row!.isolation === 'serializable') return row!
  throw new AppError('facts-no-snapshot', 'Facts must be read in one repeatable-read transaction.')
}

/** Null when this role may not read them. */
async function readLargeObjects(sql: Session): Promise<LargeObjectFacts | null> {
  const [may] = await sql.unsafe<{ read: boolean }[]>(
    `select has_table_privilege('pg_catalog.pg_largeobject', 'select') as read`,
  )
  if (!may!.read) return null
  const [row] =
    await sql.unsafe<Record<'count' | 'bytes' | 'sum0' | 'sum1', string | null>[]>(largeObjectsSql)
  const { count, bytes, sum0, sum1 } = row!
  return {
    count: Number(count ?? 0),
    bytes: Number(bytes ?? 0),
    checksum: checksumOf({ sums: [BigInt(sum0 ?? 0), BigInt(sum1 ?? 0)] }),
  }
}

/** What belongs to the database and not to any of its tables. */
async function readSurroundings(
  sql: Session,
): Promise<
  Required<Pick<Facts, 'unrestored' | 'extensions' | 'globals' | 'notCovered'>> & Pick<Facts, 'largeObjects'>
> {
  const around = await readAround(sql)
  const [row] = await sql.unsafe<{ globals: GlobalFacts }[]>(globalsSql)
  const notCovered = await sql.unsafe<Facts['notCovered']>(notCoveredSql)
  return {
    ...around,
    largeObjects: await readLargeObjects(sql),
    globals: row!.globals,
    notCovered: [...notCovered],
  }
}

const fingerprintOf = (
  tables: readonly TableName[],
  constraints: ConstraintFacts[],
  definitions: string[],
): string =>
  createHash('sha256')
    .update(JSON.stringify([tables.map((table) => [table.schema, table.name]), constraints, definitions]))
    .digest('hex')

async function readContent(
  sql: Session,
  options: ReadFactsOptions,
): Promise<Omit<Facts, 'format' | 'takenAt' | 'serverVersionNumber'>> {
  const all = await listTables(sql)
  // Leaves hold the rows; a partitioned table is read only when it is asked for by name.
  const chosen: Table[] = options.tables
    ? pickTables(all, options.tables)
    : all.filter((table) => table.kind !== 'partitioned')
  const oids = options.tables ? await listOids(sql, chosen) : null

  const sequences = await readSequences(sql, oids)
  const tables = await readTables(sql, chosen, options)
  options.signal?.throwIfAborted()
  const { constraints, definitions } = await readDefinitions(sql, oids)
  return {
    tables,
    sequences,
    constraints,
    definitions,
    schemaFingerprint: fingerprintOf(tables, constraints, definitions),
    notCovered: [],
    ...(options.tables ? {} : await readSurroundings(sql)),
  }
}

/** A lock that is waited for in vain has no name in PostgreSQL's words; the tables that were locked before have. */
function nameLocked(error: unknown, locked: readonly string[]): unknown {
  const isLockTimeout = error instanceof Error && (error as { code?: string }).code === '55P03'
  if (isLockTimeout && locked.length > 0) error.message += ` (locked by somebody: ${locked.join(', ')})`
  return error
}

/**
 * Reads what a copy must equal to be called proven. `sql` is inside a repeatable-read transaction, so that all of it is
 * one moment (sequences excepted, see readSequences). Only reads; one row per table travels. Throws when a table cannot
 * be read whole, also when row security would hide rows.
 */
export async function readFacts(sql: Session, options: ReadFactsOptions = {}): Promise<Facts> {
  for (const session of [sql, ...(options.helpers ?? [])]) await pinOutput(session)
  const { takenAt, version } = await assertOneSnapshot(sql)
  const locked = await readLines(sql, lockedTablesSql)
  try {
    return { format: 2, takenAt, serverVersionNumber: Number(version), ...(await readContent(sql, options)) }
  } catch (error) {
    throw nameLocked(error, locked)
  }
}
