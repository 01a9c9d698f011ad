import type postgres from 'postgres'
import type { JobScope } from '#lib/jobs/types.ts'
import { openUndoCopy } from '#lib/restores/undo/open-undo-copy.ts'
import { type PreparedTable, pairOf, prepareUndo } from '#lib/restores/undo/prepare-undo.ts'
import { listChildren, settleUndo } from '#lib/restores/undo/settle-undo.ts'
import type { UndoMode } from '#lib/restores/undo/undo-input.ts'
import type { UndoCopy } from '#lib/restores/undo/undo-schema.ts'
import { compareRows } from '#lib/rows/compare-rows.ts'
import type { RowsPlan } from '#lib/rows/types.ts'
import { formatTable, parseTable, sameTable } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

export interface ComparedUndo {
  plan: RowsPlan
  prepared: PreparedTable[]
}

interface ComparingUndo {
  kept: UndoCopy
  live: readonly Table[]
  mode: UndoMode
  /** It was undone before: rows without a key cannot be told from those that came back then, so they take no part. */
  again: boolean
  samples?: number
  /** What to use where the copy is gone. */
  instead: string
}

/** Computes, in the caller's transaction, what an undo would write now. Writes to temporary tables only. */
export async function compareUndo(
  sql: postgres.TransactionSql,
  job: JobScope,
  { kept, live, mode, again, samples = 0, instead }: ComparingUndo,
): Promise<ComparedUndo> {
  const scope = { sql, signal: job.signal }
  const tables = await openUndoCopy(scope, kept, live, instead)
  const part = tables.filter((table) => table.live.key !== null || !again)
  const prepared = await prepareUndo(scope, part, { mode, samples })
  await settleUndo(scope, prepared, live)
  // What is put back and what goes is decided; the engine makes live equal to it.
  const plan = await compareRows(scope, prepared.map(pairOf), {
    mode: 'all',
    tables: live,
    moment: null,
    samples,
    onProgress: (done) => job.progress(done),
  })
  return { plan, prepared }
}

/**
 * The tables of an undo, and those that refer to them: a row that somebody adds meanwhile to one of these must not go with
 * a row that it refers to.
 */
export function tablesToLock(kept: UndoCopy, live: readonly Table[]): Table[] {
  const own = live.filter((table) => kept.tables.some((one) => sameTable(parseTable(one.table)!, table)))
  const loses = own.filter((table) =>
    kept.tables.some((one) => one.madeRows > 0 && one.table === formatTable(table)),
  )
  const children = loses.flatMap((table) => listChildren(table, live).map(({ child }) => child))
  return [...new Map([...own, ...children].map((table) => [formatTable(table), table])).values()]
}
