import type postgres from 'postgres'
import { listCopiedColumns } from '#lib/backups/snapshots/copy-table.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { keptColumns, rowsBefore, sumQuery, sumTable, undoFacts } from '#lib/restores/undo/undo-rows.ts'
import { type UndoColumn, undoSchema } from '#lib/restores/undo/undo-schema.ts'
import { columnList } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { analyze } from '#lib/rows/set-aside.ts'
import type { RowsPlan, RowsScope, TableComparison } from '#lib/rows/types.ts'
import { type Fragment, fragment, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, quoteIdentifier, type TableName } from '#lib/sql/identifier.ts'

/** What was kept of one table before the first write. */
export interface KeptTable {
  compared: TableComparison
  before: TableName
  made: TableName
  /** For what the rows become. Not made yet. */
  written: TableName
  beforeRows: number
  madeRows: number
  checksum: string
  columns: UndoColumn[]
  madeColumns: string[]
}

export interface KeptUndo {
  schema: string
  tables: KeptTable[]
}

export interface KeepUndo {
  operationId: string
  /** Whose copy it is: the schema's comment begins with it. */
  keyId: string
  onProgress?: (tables: number) => void
}

const failed = (message: string, hint: string, cause?: unknown) =>
  new AppError('safety-copy-failed', message, { hint, cause })

/** A failure of the copy itself, in words; a lost connection or a cancelled run stays what it is. */
function explain(error: unknown): unknown {
  const code = (error as { code?: unknown }).code
  if (error instanceof AppError || typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return error
  if (/^(08|57)/.test(code)) return error
  return failed(
    `The safety copy of the rows could not be made: ${messageOf(error)}`,
    code === '42501'
      ? 'Nothing was written. The restore role makes a schema for it: grant create on database … to it.'
      : 'Nothing was written.',
    error,
  )
}

/**
 * Keeps, in a schema of its own and in the caller's transaction, whole rows that a plan overwrites or deletes and the keys
 * of those that it inserts, and proves them against live. Call it under the locks and before the first write.
 * Throws AppError `safety-copy-failed`.
 */
export async function keepUndo(scope: RowsScope, plan: RowsPlan, options: KeepUndo): Promise<KeptUndo> {
  const schema = undoSchema(options.operationId)
  try {
    await makeSchema(scope.sql, schema, options)
    const tables: KeptTable[] = []
    for (const compared of plan.tables) {
      if (countTouched(plan, compared) === 0) continue
      tables.push(await keepTable(scope, plan, compared, schema, tables.length + 1))
      options.onProgress?.(tables.length)
    }
    return { schema, tables }
  } catch (error) {
    throw explain(error)
  }
}

/** How many rows of a table a plan writes. */
export const countTouched = ({ mode }: RowsPlan, { missing, changed, extra }: TableComparison): number =>
  missing.rows + (mode === 'missing' ? 0 : changed.rows) + (mode === 'all' ? extra.rows : 0)

async function makeSchema(
  sql: postgres.TransactionSql,
  schema: string,
  { operationId, keyId }: KeepUndo,
): Promise<void> {
  await sql.unsafe(`create schema ${quoteIdentifier(schema)}`)
  const [note] = await sql.unsafe<{ text: string }[]>(
    `select quote_literal($1::text || to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) as text`,
    [`holdfast ${keyId} undo ${operationId} `],
  )
  await sql.unsafe(`comment on schema ${quoteIdentifier(schema)} is ${note!.text}`)
}

async function keepTable(
  scope: RowsScope,
  plan: RowsPlan,
  compared: TableComparison,
  schema: string,
  number: number,
): Promise<KeptTable> {
  const { live, missing } = compared
  const columns: UndoColumn[] = (await listCopiedColumns(scope.sql, live)).map((column) => ({
    name: column.name,
    type: column.type,
    isText: column.isBorrowed,
    isComputed: live.columns.some(({ name, generated }) => name === column.name && generated === 'stored'),
  }))
  const named = (what: string): TableName => ({ schema, name: `${what}_${number}` })
  const of = (names: readonly string[]) => columns.filter((column) => names.includes(column.name))

  const before = rowsBefore(plan, compared, columns)
  const beforeSums = await keep(scope, compared, {
    to: named('before'),
    query: before.query,
    rows: before.rows,
    columns: [undoFacts.act, ...columns.map((column) => column.name)],
  })
  const madeColumns = of(live.key ?? compared.columns)
  const made = await keep(scope, compared, {
    to: named('made'),
    query: fragment`select ${keptColumns('m', madeColumns)} from ${tableOf(missing.relation)} m`,
    rows: missing.rows,
    columns: madeColumns.map((column) => column.name),
  })
  return {
    compared,
    before: named('before'),
    made: named('made'),
    written: named('written'),
    beforeRows: beforeSums.rows,
    madeRows: made.rows,
    checksum: `${beforeSums.checksum}/${made.checksum}`,
    columns,
    madeColumns: madeColumns.map((column) => column.name),
  }
}

interface Keeping {
  to: TableName
  query: Fragment
  /** As many as the plan says. */
  rows: number
  columns: readonly string[]
}

/** Stores the rows of a query, and reads both once more. */
async function keep(
  scope: RowsScope,
  { live }: TableComparison,
  { to, query, rows, columns }: Keeping,
): Promise<{ rows: number; checksum: string }> {
  await runSql(scope, fragment`create table ${tableOf(to)} as ${query}`)
  if (live.key) await runSql(scope, fragment`create unique index on ${tableOf(to)} (${columnList(live.key)})`)
  await analyze(scope, to)
  const kept = await sumTable(scope, to, columns)
  const there = await sumQuery(scope, query, columns)
  if (kept.rows === rows && there.rows === rows && kept.checksum === there.checksum) return kept
  throw failed(
    `The safety copy of ${formatTable(live)} does not hold what was copied: ${kept.rows} of ${rows} rows${kept.rows === there.rows ? ', and they differ' : ''}.`,
    'Nothing was written. Something in the database changes what is written into the copy: look at its event triggers and rules.',
  )
}
