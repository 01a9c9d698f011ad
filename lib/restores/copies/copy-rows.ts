import type postgres from 'postgres'
import { closeSchema } from '#lib/backups/snapshots/close-schema.ts'
import { listCopiedColumns, storedName } from '#lib/backups/snapshots/copy-table.ts'
import { nameCopies } from '#lib/backups/snapshots/snapshot-tables.ts'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { RunScope } from '#lib/operations/types.ts'
import { copyStatements, restoredSchema } from '#lib/restores/copies/restored-copies.ts'
import {
  type LostTable,
  measureRows,
  type RowsSelection,
  selectRows,
} from '#lib/restores/copies/select-rows.ts'
import type { RestoredCopy, RestoreResult } from '#lib/restores/types.ts'
import { setLimits } from '#lib/restores/write-rows.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsMode, RowsPlan, RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, tableOf, toText } from '#lib/sql/fragment.ts'
import {
  formatTable,
  quoteColumns,
  quoteIdentifier,
  quoteTable,
  type TableName,
} from '#lib/sql/identifier.ts'

const creating = (relation: TableName, query: Fragment): Fragment =>
  fragment`create table ${tableOf(relation)} as ${query}`

/** The statements that make a copy, for people. */
export const listCopyStatements = (operationId: string, selections: readonly RowsSelection[]): string[] => {
  const schema = restoredSchema(operationId)
  const copies = nameCopies(
    schema,
    selections.map(({ live }) => live),
  )
  return [
    `create schema ${quoteIdentifier(schema)}`,
    ...selections.map(({ query }, i) => toText(creating(copies[i]!, query))),
  ]
}

/** What an approval of a copy is bound to: the source, and every value that goes into it. */
export const copyBinding = (
  source: unknown,
  mode: RowsMode,
  selections: readonly RowsSelection[],
): unknown => ({
  source,
  into: 'copy',
  mode,
  tables: selections
    .map(({ live, columns, rows, checksum }) => ({ table: formatTable(live), columns, rows, checksum }))
    .sort((a, b) => (a.table < b.table ? -1 : 1)),
})

export interface Copying {
  operationId: string
  label: string
  /** The moment that the rows are from. */
  moment: Date
  mode: RowsMode
  lost: readonly LostTable[]
  compare(transaction: postgres.TransactionSql): Promise<RowsPlan>
  binding(selections: readonly RowsSelection[]): unknown
}

/**
 * The one transaction of a restore beside the originals: computes the plan again, refuses when it is not the approved one,
 * makes the tables in a schema of their own, proves them against the source, leaves the marker. Locks no live table against
 * writers and writes to none. Throws AppError `no-right-to-copy`, `plan-stale` or `proof-failed`.
 */
export async function copyRows(scope: RunScope, copying: Copying): Promise<RestoreResult> {
  const { job, session } = scope
  await assertMayCreate(session.sql)
  const result = await session.sql.begin('isolation level repeatable read', async (transaction) => {
    const rows: RowsScope = { sql: transaction, signal: job.signal }
    await setLimits(transaction, session.serverVersionNumber)
    await job.phase('compare')
    const plan = await copying.compare(transaction)
    const selections = await selectRows(rows, plan, copying.mode, copying.lost)
    scope.assertSamePlan(copying.binding(selections))
    const total = selections.reduce((sum, selection) => sum + selection.rows, 0)
    await job.phase('copy', total)
    const copy = total > 0 ? await makeCopies(scope, rows, copying, selections) : null
    failPoint('restores.after-copy')
    const done: RestoreResult = {
      tables: [],
      sequences: [],
      source: copying.label,
      writtenRows: total,
      undo: null,
      proof: [],
      copy,
    }
    await scope.leaveMarker(transaction, done)
    return done
  })
  return result as RestoreResult
}

async function assertMayCreate(sql: postgres.Sql): Promise<void> {
  const [row] = await sql.unsafe<{ may: boolean; role: string; database: string }[]>(
    `select has_database_privilege(current_database(), 'create') as may, current_user as role, current_database() as database`,
  )
  if (row!.may) return
  throw new AppError('no-right-to-copy', `The role ${row!.role} may not make a schema for the copy.`, {
    kind: 'refused',
    hint: `As the database’s owner: grant create on database ${quoteIdentifier(row!.database)} to ${quoteIdentifier(row!.role)}`,
  })
}

async function makeCopies(
  scope: RunScope,
  rows: RowsScope,
  copying: Copying,
  selections: readonly RowsSelection[],
): Promise<RestoredCopy> {
  const { operationId, label, moment } = copying
  const schema = restoredSchema(operationId)
  const name = quoteIdentifier(schema)
  await rows.sql.unsafe(`create schema ${name}`)
  const note = `holdfast ${scope.ctx.keys?.keyId ?? ''} restored ${operationId}: ${label}; rows as of ${moment.toISOString()}`
  const [quoted] = await rows.sql.unsafe<{ text: string }[]>('select quote_literal($1::text) as text', [note])
  await rows.sql.unsafe(`comment on schema ${name} is ${quoted!.text}`)
  const copies = nameCopies(
    schema,
    selections.map(({ live }) => live),
  )
  const made = selections.map((selection, i) => ({ selection, copy: copies[i]! }))
  let done = 0
  for (const { selection, copy } of made) {
    await makeCopy(rows, selection, copy)
    done += selection.rows
    scope.job.progress(done)
  }
  await closeSchema(rows.sql, schema)
  await scope.job.phase('prove', made.length)
  for (const [i, { selection, copy }] of made.entries()) {
    await proveCopy(rows, selection, copy)
    scope.job.progress(i + 1)
  }
  return {
    schema,
    tables: made.map(({ selection: { live, rows: count, checksum }, copy }) => ({
      table: formatTable(live),
      copy: formatTable(copy),
      rows: count,
      checksum,
    })),
    statements: copyStatements(schema, made),
  }
}

/** As snapshots do: columns of the application's own types are kept as text, and a view gives them their types again. */
async function makeCopy(
  rows: RowsScope,
  { live, columns, dropped, query, typedBy }: RowsSelection,
  copy: TableName,
): Promise<void> {
  const there = await listCopiedColumns(rows.sql, typedBy)
  const here = live.columns.length > 0 ? await listCopiedColumns(rows.sql, live) : there
  const kept = columns.map(
    (column) => (dropped.includes(column) ? there : here).find(({ name }) => name === column)!,
  )
  const isTyped = kept.every(({ isBorrowed }) => !isBorrowed)
  const stored = isTyped ? copy : storedName(copy)
  const shown = (column: (typeof kept)[number], text: string) =>
    column.isBorrowed ? text : quoteIdentifier(column.name)
  const list = kept.map((column) => {
    const name = quoteIdentifier(column.name)
    return shown(column, `${name}::text collate "C" as ${name}`)
  })
  const chosen: Fragment = { parts: [`select ${list.join(', ')} from (`, ...query.parts, ') s'] }
  await runSql(rows, creating(stored, isTyped ? query : chosen))
  if (!isTyped) {
    const typed = kept.map((column) => {
      const name = quoteIdentifier(column.name)
      const collation = column.collation ? ` collate ${column.collation}` : ''
      return shown(column, `${name}::${column.type}${collation} as ${name}`)
    })
    await rows.sql.unsafe(
      `create view ${quoteTable(copy)} as select ${typed.join(', ')} from ${quoteTable(stored)}`,
    )
  }
  if (live.key) await rows.sql.unsafe(`create index on ${quoteTable(stored)} (${quoteColumns(live.key)})`)
  await rows.sql.unsafe(`analyze ${quoteTable(stored)}`)
}

async function proveCopy(rows: RowsScope, selection: RowsSelection, copy: TableName): Promise<void> {
  const found = await measureRows(rows, selection.columns, tableOf(copy))
  if (found.rows === selection.rows && found.checksum === selection.checksum) return
  throw new AppError(
    'proof-failed',
    `The copy of ${formatTable(selection.live)} is not what the source has: ${found.rows} of ${selection.rows} rows${found.rows === selection.rows ? ', with other values' : ''}.`,
    { hint: 'Nothing was written: the copy went with its transaction.' },
  )
}
