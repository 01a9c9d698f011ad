import type postgres from 'postgres'
import { storedName } from '#lib/backups/snapshots/copy-table.ts'
import { AppError } from '#lib/errors.ts'
import type { OperationRow } from '#lib/operations/move-operation.ts'
import type { RunScope } from '#lib/operations/types.ts'
import type { RestoredCopy, RestoreResult } from '#lib/restores/types.ts'
import { labelOf } from '#lib/restores/undo/plan-undo.ts'
import { parseTable, quoteIdentifier, quoteTable } from '#lib/sql/identifier.ts'

/** What an approval of the removal is bound to. */
export const copyIdentity = ({ id }: OperationRow, { schema, tables }: RestoredCopy): unknown => ({
  kind: 'operation',
  operationId: id,
  schema,
  tables: tables.map(({ copy, rows, checksum }) => ({ copy, rows, checksum })),
})

const dependent = '2BP01'

/**
 * Removes the tables of a restored copy and then its schema, without taking anything else along. Returns the statements.
 * Throws AppError `copy-gone`, or `copy-in-use` naming what others made of it.
 */
export async function dropRestoredTables(
  sql: postgres.TransactionSql,
  { schema, tables }: RestoredCopy,
): Promise<string[]> {
  const names = tables.flatMap(({ copy }) => {
    const name = parseTable(copy)!
    return [name.name, storedName(name).name]
  })
  const there = await sql.unsafe<{ name: string; kind: string }[]>(
    `select c.relname as name, c.relkind::text as kind from pg_class c
      where c.relnamespace = to_regnamespace($1) and c.relkind in ('r', 'v') and c.relname = any ($2) order by 2 desc, 1`,
    [quoteIdentifier(schema), names as never],
  )
  if (there.length === 0)
    throw new AppError('copy-gone', `The copy is gone: there is nothing of it in the schema ${schema}.`, {
      kind: 'refused',
      hint: 'Somebody dropped it; there is nothing left to undo.',
    })
  const statements = [
    ...there.map(
      ({ name, kind }) => `drop ${kind === 'v' ? 'view' : 'table'} ${quoteTable({ schema, name })} restrict`,
    ),
    `drop schema ${quoteIdentifier(schema)} restrict`,
  ]
  try {
    for (const statement of statements) await sql.unsafe(statement)
  } catch (error) {
    const { code, detail, message } = error as { code?: string; detail?: string; message: string }
    if (code !== dependent) throw error
    throw new AppError(
      'copy-in-use',
      `Others made something of the copy: ${(detail ?? message).replaceAll('\n', '; ')}.`,
      {
        kind: 'refused',
        hint: 'Nothing was removed. Drop or move these first.',
        cause: error,
      },
    )
  }
  return statements
}

/** The one transaction that removes a restored copy and leaves the marker. No live table is touched. */
export async function removeRestoredCopy(
  scope: RunScope,
  undone: OperationRow,
  copy: RestoredCopy,
): Promise<RestoreResult> {
  await scope.job.phase('remove copy', copy.tables.length)
  const result = await scope.session.sql.begin(async (transaction) => {
    scope.assertSamePlan(copyIdentity(undone, copy))
    await dropRestoredTables(transaction, copy)
    const done: RestoreResult = {
      tables: [],
      sequences: [],
      source: labelOf(undone),
      writtenRows: 0,
      undo: null,
      proof: [],
    }
    await scope.leaveMarker(transaction, done)
    return done
  })
  return result as RestoreResult
}
