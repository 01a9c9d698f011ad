import { updatable } from '#lib/rows/map-columns.ts'
import { differInAny, rowsOf, sameKey } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsMode, RowsPlan, RowsScope, TableComparison } from '#lib/rows/types.ts'
import { type Fragment, fragment, tableOf } from '#lib/sql/fragment.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

export interface TableProof {
  table: string
  /** Rows that should be there after the run and are not. */
  absent: number
  /** Rows that are there, but not as written: a trigger changed them on their way. */
  altered: number
  /** Rows that should be gone and are not. */
  remaining: number
}

const count = async (scope: RowsScope, from: Fragment): Promise<number> => {
  const [row] = await runSql<{ rows: string }>(scope, fragment`select count(*)::text as rows from ${from}`)
  return Number(row!.rows)
}

/** How many rows a live table has. */
export const countLive = (scope: RowsScope, table: Table): Promise<number> =>
  count(scope, fragment`${rowsOf(table)} l`)

async function proveTable(scope: RowsScope, mode: RowsMode, table: TableComparison): Promise<TableProof> {
  const { live, missing, changed, extra, columns } = table
  const proof = { table: formatTable(live), absent: 0, altered: 0, remaining: 0 }
  if (!live.key) return proof
  const same = sameKey(live, live.key, 'l', 'm')
  const differ = differInAny(live, updatable(live, columns), 'l', 'm')
  const sets = mode === 'missing' ? [missing] : [missing, changed]
  for (const { relation, rows } of sets) {
    if (rows === 0) continue
    // One pass for both: every join reads the live table once more.
    const [found] = await runSql<{ absent: string; altered: string }>(
      scope,
      fragment`select count(*) filter (where l.tableoid is null)::text as absent,
          count(*) filter (where l.tableoid is not null and (${differ}))::text as altered
        from ${tableOf(relation)} m left join ${rowsOf(live)} l on ${same}`,
    )
    proof.absent += Number(found!.absent)
    proof.altered += Number(found!.altered)
  }
  if (mode === 'all' && extra.rows > 0)
    proof.remaining = await count(
      scope,
      fragment`${tableOf(extra.relation)} m join ${rowsOf(live)} l on ${same}`,
    )
  return proof
}

/** Reads back, in the writing transaction, what a plan promised. Writes nothing. */
export async function proveRows(scope: RowsScope, plan: RowsPlan): Promise<TableProof[]> {
  // What was just written is in memory: looking rows up by their keys costs less than the planner thinks.
  await runSql(scope, fragment`set local random_page_cost = 1.1`)
  const proofs: TableProof[] = []
  for (const table of plan.tables) proofs.push(await proveTable(scope, plan.mode, table))
  await runSql(scope, fragment`set local random_page_cost to default`)
  return proofs
}
