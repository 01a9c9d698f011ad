import { randomBytes } from 'node:crypto'
import { haveSameColumns, type MatchedPair } from '#lib/drift/match-columns.ts'
import type { BothSides, DriftSample, FoundTable } from '#lib/drift/types.ts'
import { countChangedColumns } from '#lib/rows/measure-rows.ts'
import { columnsIn, lineOf, sameKey, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { sampleRows } from '#lib/rows/sample-rows.ts'
import { type Aside, analyze, countRows, setRowsAside } from '#lib/rows/set-aside.ts'
import { stageRows } from '#lib/rows/stage-rows.ts'
import type { RowsPair, RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, integer, name, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'

const samplesPerKind = 5

export interface TableOptions {
  signal?: AbortSignal | undefined
  onProgress?: (rows: number) => void
  /** Only the rows in this table of the target's session, which the first look left there. */
  again?: TableName | undefined
}

export interface TableLook {
  found: FoundTable
  /** The keys of the rows that differ, or the rows themselves; null where none does. */
  differing: TableName | null
}

/** Which rows take part in the second look. */
const onlyThose =
  ({ target, hasKey }: MatchedPair, rows: TableName): NonNullable<RowsPair['only']> =>
  (alias) =>
    hasKey
      ? fragment`exists (select from ${tableOf(rows)} p where ${sameKey(target, target.key!, alias, 'p')})`
      : fragment`${lineOf(
          alias,
          target.columns.map((column) => column.name),
        )} in (select p.line from ${tableOf(rows)} p)`

/**
 * Compares one table of the two, in their snapshots: by checksums of buckets first, then the rows of those that differ, in
 * both directions at once. Writes to temporary tables only. Rows are nobody's loss that somebody changed between the two
 * moments: look at `differing` once more before believing in them.
 */
export async function compareTable(
  { master, target }: BothSides,
  pair: MatchedPair,
  { signal, onProgress, again }: TableOptions = {},
): Promise<TableLook> {
  const scope: RowsScope = { sql: target.sql, signal }
  const staged = await stageRows(master.sql, target.sql, pair.target, pair.master, {
    signal,
    ...(pair.isPart ? { columns: pair.master.columns.map((column) => column.name) } : {}),
    ...(onProgress ? { onProgress } : {}),
  })
  const only = again ? onlyThose(pair, again) : undefined
  const aside = await setRowsAside(scope, { live: pair.target, source: staged.source, only }, 'all')
  const [missing, changed, extra] = [
    await countRows(scope, aside.missing),
    await countRows(scope, aside.changed),
    await countRows(scope, aside.extra),
  ]
  const differ = missing + changed + extra > 0
  if (differ) for (const set of [aside.missing, aside.changed, aside.extra]) await analyze(scope, set)
  const { columns, hasKey } = pair
  return {
    differing: differ && !again ? await keepDiffering(scope, pair, aside) : null,
    found: {
      table: pair.table,
      masterTable: formatTable(pair.master),
      inSync: !differ && haveSameColumns(columns),
      masterRows: staged.sourceRows,
      targetRows: staged.sourceRows - missing + extra,
      missing,
      extra,
      changed,
      changedColumns: changed > 0 ? await countChangedColumns(scope, aside) : [],
      settled: 0,
      columns,
      hasKey,
      samples: differ && again ? await sample(scope, aside) : [],
      notes: pair.notes,
    },
  }
}

/** They outlast the transaction, for the second look, and end with the session. */
async function keepDiffering(scope: RowsScope, pair: MatchedPair, aside: Aside): Promise<TableName> {
  const kept = temporary(`holdfast_differing_${randomBytes(5).toString('hex')}`)
  const keys = (set: TableName): Fragment =>
    fragment`select ${columnsIn('m', pair.target.key ?? [])} from ${tableOf(set)} m`
  const rows = pair.hasKey
    ? fragment`${keys(aside.missing)} union all ${keys(aside.changed)} union all ${keys(aside.extra)}`
    : fragment`select ${lineOf('m', aside.columns)} as line from ${tableOf(aside.missing)} m
        union all select m.holdfast_line from ${tableOf(aside.extra)} m`
  await runSql(scope, fragment`create temporary table ${name(kept.name)} as ${rows}`)
  await analyze(scope, kept)
  return kept
}

async function sample(scope: RowsScope, aside: Aside): Promise<DriftSample[]> {
  const rows = await sampleRows(scope, aside, null, samplesPerKind, 'all')
  const samples = rows.map(
    ({ kind, key, backup, live }): DriftSample => ({
      kind: kind === 'newer' ? 'changed' : kind,
      key,
      ...(backup ? { master: backup } : {}),
      ...(live ? { target: live } : {}),
    }),
  )
  if (aside.live.key) return samples
  const extra = await runSql<{ line: string }>(
    scope,
    fragment`select left(m.holdfast_line, 400) as line from ${tableOf(aside.extra)} m order by 1 limit ${integer(samplesPerKind)}`,
  )
  return [
    ...samples,
    ...extra.map(({ line }): DriftSample => ({ kind: 'extra', key: line, target: { row: line } })),
  ]
}
