import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import {
  type JournalTable,
  journalColumns,
  journalStatements,
  listJournalTables,
} from '#lib/guards/journal-tables.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { RestoreSource } from '#lib/restores/input.ts'
import { momentText } from '#lib/restores/moment.ts'
import type { OpenSource } from '#lib/restores/types.ts'
import { columnList, columnsIn, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { readColumns } from '#lib/rows/stage-rows.ts'
import { bind, fragment, name, tableOf } from '#lib/sql/fragment.ts'
import { sameTable } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

type Session = postgres.Sql | postgres.TransactionSql
type JournalSource = Extract<RestoreSource, { kind: 'journal' }>

/**
 * The rows that the guards journaled when they were deleted in a time, each key's newest image. What an approved operation
 * deleted is not lost, so it is left out.
 */
export async function openJournal(
  scope: JobScope,
  sql: postgres.Sql,
  source: JournalSource,
): Promise<OpenSource> {
  const journals = await listJournalTables(sql)
  if (journals.length === 0) {
    throw new AppError('no-journal', 'This target has no journal of deleted rows.', {
      kind: 'refused',
      hint: 'Its guards were never installed. Restore from a snapshot or an archive.',
    })
  }
  await scope.phase('read journal', journals.length)
  return {
    identity: { kind: 'journal', since: source.since, until: source.until },
    label: `the journal since ${momentText(new Date(source.since))}`,
    moment: new Date(source.since),
    tables: journals.map((journal) => journal.table),
    async bring(session, live) {
      const journal = journals.find((one) => sameTable(one.table, live))
      if (!journal) return null
      return {
        relation: await readJournal({ sql: session, signal: scope.signal }, live, journal, source),
        columns: await columnsOf(session, live, journal),
        // It says nothing about rows that were never deleted.
        within: () => fragment`false`,
      }
    },
  }
}

/** The journal writes generated columns too; the live table computes them again. */
async function columnsOf(sql: Session, live: Table, journal: JournalTable) {
  const columns = await readColumns(sql, journal.journal)
  return columns.filter(
    (column) =>
      journal.dataColumns.includes(column.name) && live.columns.some((one) => one.name === column.name),
  )
}

async function readJournal(
  context: { sql: Session; signal: AbortSignal },
  live: Table,
  { journal, dataColumns }: JournalTable,
  { since, until }: JournalSource,
) {
  const relation = temporary(`holdfast_journal_${randomBytes(5).toString('hex')}`)
  const newest = live.key ? fragment`distinct on (${columnsIn('s', live.key)}) ` : fragment``
  const order = live.key
    ? fragment` order by ${columnsIn('s', live.key)}, s.${name(journalColumns.statementId)} desc, s.${name(journalColumns.deletedAt)} desc`
    : fragment``
  await runSql(
    context,
    fragment`create temporary table ${name(relation.name)} as select ${newest}${columnsIn('s', dataColumns)}
      from ${tableOf(journal)} s join ${tableOf(journalStatements)} w on w.id = s.${name(journalColumns.statementId)}
      where s.${name(journalColumns.deletedAt)} >= ${bind(since)}::timestamptz
        and s.${name(journalColumns.deletedAt)} <= ${bind(until)}::timestamptz and w.operation_id is null${order}`,
  )
  if (live.key)
    await runSql(context, fragment`create index on ${tableOf(relation)} (${columnList(live.key)})`)
  await runSql(context, fragment`analyze ${tableOf(relation)}`)
  return relation
}
