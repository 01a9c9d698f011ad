import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import {
  type JournalAct,
  type JournalTable,
  journalColumns,
  journalStatements,
  statementColumns,
} from '#lib/guards/journal-tables.ts'
import type { JournalSource } from '#lib/restores/input.ts'
import { columnList, columnsIn, sameKey, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { bind, type Fragment, fragment, join, name, tableOf } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

export interface JournalReading {
  sql: postgres.Sql | postgres.TransactionSql
  signal: AbortSignal
}

/** What statements in a range did to one table, as counted when they ran. */
export interface JournaledWork {
  /** As the policy names it. */
  table: string
  act: JournalAct
  statements: number
  rows: number
  firstId: string
  lastId: string
  firstAt: string
  lastAt: string
  /** Rows of statements whose images could not be kept, and one of the reasons. */
  unkeptRows: number
  problem: string | null
}

/** What the images of a row tell beside its values. */
export const imageColumns = {
  /** The row was gone when the range ended. */
  gone: 'holdfast_gone',
  /** Of its newest image in the range. */
  lastAt: 'holdfast_last_at',
  /** A statement after the range deleted or overwrote it too. */
  later: 'holdfast_later',
  /** Of its oldest image in the range. */
  firstId: 'holdfast_first_id',
} as const

const { statementId, changedAt } = journalColumns
const w = statementColumns

/** Statement and image have the time of the same trigger call; only the partitions to look into depend on this. */
const slack = `interval '1 day'`

/** Which statements a source is about, as a condition on the alias `w`. */
export function rangeOf({ transactionId, since, until, act }: JournalSource): Fragment {
  const conditions = [
    ...(transactionId === undefined
      ? // What an approved operation did is not lost.
        [fragment`w.${name(w.operationId)} is null`]
      : [fragment`w.${name(w.transactionId)} = ${bind(transactionId)}::xid8`]),
    ...(since === undefined ? [] : [fragment`w.${name(w.changedAt)} >= ${bind(since)}::timestamptz`]),
    fragment`w.${name(w.changedAt)} <= ${bind(until)}::timestamptz`,
    ...(act === undefined ? [] : [fragment`w.${name(w.act)} = ${bind(act)}`]),
  ]
  return join(conditions, ' and ')
}

/** What happened in a range, by table and act. Reads no image. */
export async function measureJournal(
  reading: JournalReading,
  source: JournalSource,
): Promise<JournaledWork[]> {
  const unkept = fragment`w.${name(w.problem)} is not null`
  const rows = await runSql<
    Omit<JournaledWork, 'statements' | 'rows' | 'unkeptRows'> &
      Record<'statements' | 'rows' | 'unkeptRows', string>
  >(
    reading,
    fragment`select w.${name(w.tableName)} as table, w.${name(w.act)} as act, count(*)::text as statements,
        sum(w.${name(w.rows)})::text as rows, min(w.${name(w.id)})::text as "firstId", max(w.${name(w.id)})::text as "lastId",
        min(w.${name(w.changedAt)})::text as "firstAt", max(w.${name(w.changedAt)})::text as "lastAt",
        coalesce(sum(w.${name(w.rows)}) filter (where ${unkept}), 0)::text as "unkeptRows", min(w.${name(w.problem)}) as problem
      from ${tableOf(journalStatements)} w where ${rangeOf(source)} group by 1, 2 order by 1, 2`,
  )
  return rows.map((row) => ({
    ...row,
    statements: Number(row.statements),
    rows: Number(row.rows),
    unkeptRows: Number(row.unkeptRows),
  }))
}

const within = (work: readonly JournaledWork[]): Fragment => {
  const ids = work.flatMap(({ firstId, lastId }) => [BigInt(firstId), BigInt(lastId)])
  const times = work.flatMap(({ firstAt, lastAt }) => [firstAt, lastAt])
  const least = (texts: Fragment[], which: 'least' | 'greatest'): Fragment =>
    which === 'least' ? fragment`least(${join(texts, ', ')})` : fragment`greatest(${join(texts, ', ')})`
  const at = times.map((time) => fragment`${bind(time)}::timestamptz`)
  const [first, last] = ids.reduce(
    ([low, high], id) => [id < low ? id : low, id > high ? id : high],
    [ids[0]!, ids[0]!],
  )
  return fragment`s.${name(statementId)} between ${bind(String(first))}::bigint and ${bind(String(last))}::bigint
    and s.${name(changedAt)} between ${least(at, 'least')} - ${{ parts: [slack] }} and ${least(at, 'greatest')} + ${{ parts: [slack] }}`
}

const imagesOf = (journal: JournalTable, source: JournalSource, work: readonly JournaledWork[]): Fragment =>
  fragment`${tableOf(journal.journal)} s join ${tableOf(journalStatements)} w on w.${name(w.id)} = s.${name(statementId)}
    where ${within(work)} and ${rangeOf(source)}`

/** How many images of a table the range has, by act. */
export async function countImages(
  reading: JournalReading,
  journal: JournalTable,
  source: JournalSource,
  work: readonly JournaledWork[],
): Promise<Record<JournalAct, number>> {
  const [row] = await runSql<Record<JournalAct, string>>(
    reading,
    fragment`select count(*) filter (where w.${name(w.act)} = 'delete')::text as delete,
      count(*) filter (where w.${name(w.act)} = 'update')::text as update from ${imagesOf(journal, source, work)}`,
  )
  return { delete: Number(row!.delete), update: Number(row!.update) }
}

/**
 * Copies a range's images of one table to a temporary table: each key's oldest, that is the row as it was before the range
 * began. Without a key every deleted row counts, and no overwritten one. One statement, one sort.
 */
export async function readImages(
  reading: JournalReading,
  live: Table,
  journal: JournalTable,
  source: JournalSource,
  work: readonly JournaledWork[],
): Promise<TableName> {
  const relation = temporary(`holdfast_journal_${randomBytes(5).toString('hex')}`)
  await runSql(
    reading,
    fragment`create temporary table ${name(relation.name)} as ${imageQuery(live, journal, source, work)}`,
  )
  if (live.key)
    await runSql(reading, fragment`create index on ${tableOf(relation)} (${columnList(live.key)})`)
  await runSql(reading, fragment`analyze ${tableOf(relation)}`)
  return relation
}

function imageQuery(
  live: Table,
  journal: JournalTable,
  source: JournalSource,
  work: readonly JournaledWork[],
): Fragment {
  const data = columnsIn('s', journal.dataColumns)
  const id = fragment`s.${name(statementId)}`
  const isDelete = fragment`w.${name(w.act)} = 'delete'`
  const facts = (gone: Fragment, lastAt: Fragment, later: Fragment) =>
    fragment`${data}, ${gone} as ${name(imageColumns.gone)}, ${lastAt} as ${name(imageColumns.lastAt)}, ${later} as ${name(imageColumns.later)}, ${id} as ${name(imageColumns.firstId)}`
  const none = fragment`false`
  if (work.length === 0)
    return fragment`select ${facts(none, fragment`s.${name(changedAt)}`, none)} from ${tableOf(journal.journal)} s where false`
  const images = imagesOf(journal, source, work)
  if (!live.key)
    return fragment`select ${facts(fragment`true`, fragment`w.${name(w.changedAt)}`, none)} from ${images} and ${isDelete}`

  const overwrote = work.some(({ act }) => act === 'update')
  const key = columnsIn('s', live.key)
  // A statement meets a row once, so one statement needs no sort.
  if (work.length === 1 && work[0]!.statements === 1 && !overwrote)
    return fragment`select ${facts(isDelete, fragment`w.${name(w.changedAt)}`, none)} from ${images}`
  const inRange = fragment`select distinct on (${key}) ${facts(
    fragment`last_value(${isDelete}) over row_images`,
    fragment`max(w.${name(w.changedAt)}) over row_images`,
    none,
  )}, last_value(${id}) over row_images as holdfast_last_id from ${images}
    window row_images as (partition by ${key} order by ${id} rows between unbounded preceding and unbounded following)
    order by ${key}, ${id}`
  if (!overwrote) return inRange
  // Only an overwritten row can have been overwritten again later.
  const all = columnsIn('s', [...journal.dataColumns, imageColumns.gone, imageColumns.lastAt])
  return fragment`select ${all}, coalesce(p.last_id > s.holdfast_last_id, false) as ${name(imageColumns.later)}, s.${name(imageColumns.firstId)}
    from (${inRange}) s left join (
      select ${columnList(live.key)}, max(${name(statementId)}) as last_id from ${tableOf(journal.journal)}
      where ${name(statementId)} >= ${bind(firstOf(work))}::bigint group by ${columnList(live.key)}
    ) p on ${sameKey(live, live.key, 's', 'p')}`
}

const firstOf = (work: readonly JournaledWork[]): string =>
  work.map(({ firstId }) => firstId).reduce((a, b) => (BigInt(a) < BigInt(b) ? a : b))

/**
 * Rows of a table as they were when the range began, deleted by whatever statement since: for the rows that refer to them.
 * A subquery, read only when some row needs it.
 */
export function laterImages(
  live: Table,
  journal: JournalTable,
  source: JournalSource,
  work: readonly JournaledWork[],
): Fragment | undefined {
  if (!live.key || work.length === 0) return undefined
  const key = columnsIn('s', live.key)
  const approved =
    source.transactionId === undefined
      ? fragment`w.${name(w.operationId)} is null`
      : fragment`(w.${name(w.operationId)} is null or w.${name(w.transactionId)} = ${bind(source.transactionId)}::xid8)`
  return fragment`(select distinct on (${key}) ${columnsIn('s', journal.dataColumns)}
    from ${tableOf(journal.journal)} s join ${tableOf(journalStatements)} w on w.${name(w.id)} = s.${name(statementId)}
    where s.${name(statementId)} >= ${bind(firstOf(work))}::bigint and ${approved} order by ${key}, s.${name(statementId)})`
}

export const totalOf = (
  work: readonly JournaledWork[],
  act: JournalAct,
  field: 'rows' | 'unkeptRows',
): number => work.filter((one) => one.act === act).reduce((sum, one) => sum + one[field], 0)
