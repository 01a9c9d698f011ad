import { AppError } from '#lib/errors.ts'
import { sumTable, undoFacts } from '#lib/restores/undo/undo-rows.ts'
import type { UndoCopy, UndoTable } from '#lib/restores/undo/undo-schema.ts'
import type { RowsScope } from '#lib/rows/types.ts'
import { formatTable, parseTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

/** One table of an undo copy, found intact, with the live table that it is of. */
export interface OpenUndoTable {
  kept: UndoTable
  live: Table
  before: TableName
  made: TableName
  written: TableName
}

const refused = (code: string, message: string, hint: string) =>
  new AppError(code, message, { kind: 'refused', hint })

const sumsOf = async (scope: RowsScope, schema: string, kept: UndoTable): Promise<string> => {
  const all = kept.columns.map((column) => column.name)
  const key = kept.columns.filter((column) => kept.key?.includes(column.name)).map((column) => column.name)
  const parts: [string, string[]][] = [
    [kept.before, [undoFacts.act, ...all]],
    [kept.made, kept.madeColumns],
    [kept.written, kept.key ? [...key, undoFacts.hash] : all],
  ]
  const sums: string[] = []
  for (const [name, columns] of parts) sums.push((await sumTable(scope, { schema, name }, columns)).checksum)
  return sums.join('/')
}

/** Undefined schema, table or column: somebody removed or changed it. */
const isGone = (error: unknown): boolean =>
  /^(3F000|42P01|42703)$/.test(String((error as { code?: unknown }).code))

/**
 * Finds what an operation kept for its undo and proves that it is what was kept. Only reads. `instead` says what to use
 * where it is gone. Throws AppError `undo-copy-gone`, `undo-copy-damaged`, `undo-table-gone` or `undo-key-changed`.
 */
export async function openUndoCopy(
  scope: RowsScope,
  { schema, tables, expiredAt }: UndoCopy,
  live: readonly Table[],
  instead: string,
): Promise<OpenUndoTable[]> {
  const [there] = await scope.sql.unsafe<{ present: boolean }[]>(
    'select to_regnamespace($1) is not null as present',
    [schema],
  )
  if (!there!.present) {
    throw refused(
      'undo-copy-gone',
      expiredAt
        ? `What the operation kept for its undo was removed on ${expiredAt.slice(0, 10)}, when its time was over.`
        : `What the operation kept for its undo is gone: the schema ${schema} is not in the target.`,
      instead,
    )
  }
  const open: OpenUndoTable[] = []
  for (const kept of tables) {
    const sums = await sumsIn(scope, schema, kept)
    if (sums !== kept.checksum) {
      throw refused(
        'undo-copy-damaged',
        `What the operation kept of ${kept.table} is not what it was: somebody changed or removed it.`,
        instead,
      )
    }
    const table = live.find((one) => sameTable(one, parseTable(kept.table)!))
    if (!table)
      throw refused(
        'undo-table-gone',
        `${kept.table} is no longer there, or has another name.`,
        `Its rows are in ${schema}.${kept.before}; make or rename the table first.`,
      )
    if ((table.key ?? []).join('\0') !== (kept.key ?? []).join('\0'))
      throw refused(
        'undo-key-changed',
        `${formatTable(table)} has another key than when the operation ran.`,
        `Its rows are in ${schema}.${kept.before}; put them back by hand, or give the table its key again.`,
      )
    const at = (name: string): TableName => ({ schema, name })
    open.push({ kept, live: table, before: at(kept.before), made: at(kept.made), written: at(kept.written) })
  }
  return open
}

/** Null where a table of the copy is gone. An error would end the transaction, so it is met within a savepoint. */
async function sumsIn(scope: RowsScope, schema: string, kept: UndoTable): Promise<string | null> {
  try {
    return (await scope.sql.savepoint((sql) => sumsOf({ ...scope, sql }, schema, kept))) as string
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}
