import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import type { JournalAct } from '#lib/guards/journal-acts.ts'
import {
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
  firstAt: 'holdfast_first_at',
} as const

const { statementId, changedAt } = journalColumns
const w = statementColumns

/** Statement and image have the time of the same trigger call; only the partitions to look into depend on this. */
const slack: Fragment = fragment`interval '1 day'`

const isOneOf = (transactionIds: readonly string[]): Fragment =>
  fragment`w.${name(w.transactionId)} = any (${bind(`{${transactionIds.join(',')}}`)}::xid8[])`

/** Which statements a source is about, as a condition on the alias `w`. */
export function rangeOf({ transactionIds, since, until, act }: JournalSource): Fragment {
  const conditions = [
    ...(transactionIds === undefined
      ? // What an approved operation did is not lost.
        [fragment`w.${name(w.operationId)} is null`]
      : [isOneOf(transactionIds)]),
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

const latest = (work: readonly JournaledWork[]): Fragment =>
  fragment`greatest(${join(
    work.map(({ lastAt }) => fragment`${bind(lastAt)}::timestamptz`),
    ', ',
  )})`

/** Lets the journal look only where images of these statements can be. */
const within = (work: readonly JournaledWork[]): Fragment => {
  const ids = (field: 'firstId' | 'lastId') =>
    join(
      work.map((one) => fragment`${bind(one[field])}::bigint`),
      ', ',
    )
  return fragment`s.${name(statementId)} between least(${ids('firstId')}) and greatest(${ids('lastId')})
    and s.${name(changedAt)} between ${earliest(work)} - ${slack} and ${latest(work)} + ${slack}`
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
  await runSql(reading, fragment`analyze ${tableOf(relation)}`)
  return relation
}

/** Sessions draw ids in batches, so time comes first; of one moment the ids tell, because one session wrote both. */
const inOrder: Fragment = fragment`s.${name(changedAt)}, s.${name(statementId)}`

function imageQuery(
  live: Table,
  journal: JournalTable,
  source: JournalSource,
  work: readonly JournaledWork[],
): Fragment {
  const data = columnsIn('s', journal.dataColumns)
  const at = fragment`s.${name(changedAt)}`
  const isDelete = fragment`w.${name(w.act)} = 'delete'`
  const none = fragment`false`
  const facts = (gone: Fragment, lastAt: Fragment) =>
    fragment`${data}, ${gone} as ${name(imageColumns.gone)}, ${lastAt} as ${name(imageColumns.lastAt)}, ${at} as ${name(imageColumns.firstAt)}`
  const neverLater = fragment`, ${none} as ${name(imageColumns.later)}`
  if (work.length === 0)
    return fragment`select ${facts(none, at)}${neverLater} from ${tableOf(journal.journal)} s where false`
  const images = imagesOf(journal, source, work)
  if (!live.key)
    return fragment`select ${facts(fragment`true`, at)}${neverLater} from ${images} and ${isDelete}`

  const overwrote = work.some(({ act }) => act === 'update')
  // A statement deletes a row once, so one statement needs no sort.
  if (work.length === 1 && work[0]!.statements === 1 && !overwrote)
    return fragment`select ${facts(isDelete, at)}${neverLater} from ${images}`
  const key = columnsIn('s', live.key)
  const inRange = (more: Fragment) => fragment`select distinct on (${key}) ${facts(
    fragment`last_value(${isDelete}) over row_images`,
    fragment`last_value(${at}) over row_images`,
  )}${more} from ${images}
    window row_images as (partition by ${key} order by ${inOrder} rows between unbounded preceding and unbounded following)
    order by ${key}, ${inOrder}`
  if (!overwrote) return inRange(neverLater)
  // Only an overwritten row can have been overwritten again later.
  return fragment`select s.*, coalesce(p.last_at > s.${name(imageColumns.lastAt)}, false) as ${name(imageColumns.later)}
    from (${inRange(fragment``)}) s left join (
      select ${columnList(live.key)}, max(${name(changedAt)}) as last_at from ${tableOf(journal.journal)}
      where ${name(changedAt)} >= ${earliest(work)} group by ${columnList(live.key)}
    ) p on ${sameKey(live, live.key, 's', 'p')}`
}

const earliest = (work: readonly JournaledWork[]): Fragment =>
  fragment`least(${join(
    work.map(({ firstAt }) => fragment`${bind(firstAt)}::timestamptz`),
    ', ',
  )})`

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
    source.transactionIds === undefined
      ? fragment`w.${name(w.operationId)} is null`
      : fragment`(w.${name(w.operationId)} is null or ${isOneOf(source.transactionIds)})`
  return fragment`(select distinct on (${key}) ${columnsIn('s', journal.dataColumns)}
    from ${tableOf(journal.journal)} s join ${tableOf(journalStatements)} w on w.${name(w.id)} = s.${name(statementId)}
    where s.${name(changedAt)} >= ${earliest(work)} - ${slack}
      and (s.${name(changedAt)} >= ${earliest(work)} or ${rangeOf(source)}) and ${approved} order by ${key}, ${inOrder})`
}

export const totalOf = (
  work: readonly JournaledWork[],
  act: JournalAct,
  field: 'rows' | 'unkeptRows',
): number => work.filter((one) => one.act === act).reduce((sum, one) => sum + one[field], 0)
