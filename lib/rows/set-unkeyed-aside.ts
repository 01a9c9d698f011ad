import { sourceRows } from '#lib/rows/read-source.ts'
import { columnsIn, numbered, rowsOf } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { type Aside, type Looked, make, rowsText } from '#lib/rows/set-aside.ts'
import type { RowsScope } from '#lib/rows/types.ts'
import { fragment, tableOf } from '#lib/sql/fragment.ts'

/** Compares a table without a key with its source, as multisets of whole rows, and sets aside the rows that differ. */
export async function setUnkeyedAside(scope: RowsScope, aside: Aside, only: Looked): Promise<void> {
  const { live, columns } = aside
  const s = numbered(sourceRows(aside), 's', columns, only.source)
  const l = numbered(rowsOf(live), 'l', columns, only.live)
  const spokenFor = numbered(rowsOf(live), 'l', columns, fragment`(${only.live}) and (${only.within})`)
  const same = fragment`l.holdfast_line = s.holdfast_line and l.holdfast_number = s.holdfast_number`
  aside.most.missing = await make(
    scope,
    aside.missing,
    fragment`select ${columnsIn('s', columns)} from ${s} s where not exists (select from ${l} l where ${same})`,
  )
  // Where the source is every row that was lost, equal live rows leave open which of them it was.
  if (aside.source.yields) {
    const [row] = await runSql<{ rows: string }>(
      scope,
      fragment`select ((select count(*) from ${sourceRows(aside)}) - (select count(*) from ${tableOf(aside.missing)}))::text as rows`,
    )
    if (Number(row!.rows) > 0)
      aside.notes.push(
        `${rowsText(Number(row!.rows))} stay out: live has equal rows, and without a key nobody can tell whether they are the same.`,
      )
  }
  await make(
    scope,
    aside.changed,
    fragment`select ${columnsIn('s', columns)} from ${tableOf(aside.source.relation)} s where false`,
  )
  aside.most.extra = await make(
    scope,
    aside.extra,
    fragment`select l.holdfast_relation, l.holdfast_place, l.holdfast_line from ${spokenFor} l where not exists (select from ${s} s where ${same})`,
  )
}
