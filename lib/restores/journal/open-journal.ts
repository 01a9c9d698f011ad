import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { type JournalTable, listJournalTables } from '#lib/guards/journal-tables.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { JournalSource } from '#lib/restores/input.ts'
import { judgeImages } from '#lib/restores/journal/judge-images.ts'
import {
  countImages,
  imageColumns,
  type JournaledWork,
  type JournalReading,
  laterImages,
  measureJournal,
  readImages,
} from '#lib/restores/journal/read-journal.ts'
import { momentText } from '#lib/restores/moment.ts'
import type { OpenSource } from '#lib/restores/types.ts'
import { momentColumn } from '#lib/rows/map-columns.ts'
import { columnIn } from '#lib/rows/row-sql.ts'
import { readColumns } from '#lib/rows/stage-rows.ts'
import type { RowsSource } from '#lib/rows/types.ts'
import { type Fragment, fragment, name } from '#lib/sql/fragment.ts'
import { parseTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

type Session = postgres.Sql | postgres.TransactionSql

const labelOf = ({ transactionIds, since, until }: JournalSource, begin: Date): string => {
  if (transactionIds)
    return transactionIds.length === 1
      ? `the journal of transaction ${transactionIds[0]} at ${momentText(begin)}`
      : `the journal of ${transactionIds.length} transactions since ${momentText(begin)}`
  return Date.now() - new Date(until).getTime() > 60_000
    ? `the journal from ${momentText(new Date(since!))} to ${momentText(new Date(until))}`
    : `the journal since ${momentText(new Date(since!))}`
}

const refused = (code: string, message: string, hint: string) =>
  new AppError(code, message, { kind: 'refused', hint })

/**
 * The rows that the guards journaled in a range, as they were before it began. What an approved operation did is left out,
 * unless its own transaction is named. Throws AppError `no-journal`, `nothing-journaled` or `journal-incomplete`.
 */
export async function openJournal(
  scope: JobScope,
  sql: postgres.Sql,
  source: JournalSource,
  wanted: readonly TableName[],
): Promise<OpenSource> {
  const reading = { sql, signal: scope.signal }
  const journals = await listJournalTables(sql)
  if (journals.length === 0)
    throw refused(
      'no-journal',
      'This target has no journal of deleted rows.',
      'Its guards were never installed. Restore from a snapshot or an archive.',
    )
  const all = await measureJournal(reading, source)
  if (all.length === 0 && source.transactionIds)
    throw refused(
      'nothing-journaled',
      `The journal knows nothing of transaction ${source.transactionIds.join(', ')}.`,
      'It touched no guarded table, or it is older than what the journal keeps. Restore from a snapshot or an archive.',
    )
  const isAbout = (table: TableName) => wanted.length === 0 || wanted.some((one) => sameTable(one, table))
  const workOf = (table: TableName) =>
    all.filter((one) => sameTable(parseTable(one.table) ?? { schema: '', name: one.table }, table))
  const asked = journals.filter(({ table }) => isAbout(table) && workOf(table).length > 0)

  await scope.phase('read journal', asked.length)
  const found = []
  for (const journal of asked) {
    const work = workOf(journal.table)
    found.push({ journal, work, images: await countImages(reading, journal, source, work) })
  }
  const touched = all.filter(({ table }) => isAbout(parseTable(table) ?? { schema: '', name: table }))
  const verdict = judgeImages(source, touched, found)
  const begin = new Date(source.since ?? Math.min(...all.map((one) => Date.parse(one.firstAt))))
  return {
    identity: { ...source },
    label: labelOf(source, begin),
    moment: begin,
    // A plan of one transaction is about what it touched; one of a time says of every journal that nothing happened.
    tables: (source.transactionIds === undefined
      ? journals
      : journals.filter(({ table }) => workOf(table).length > 0)
    ).map((journal) => journal.table),
    warnings: verdict.warnings,
    kept: verdict.kept,
    async bring(session, live) {
      const journal = journals.find((one) => sameTable(one.table, live))
      if (!journal) return null
      const context = { sql: session, signal: scope.signal }
      return bringImages(context, live, journal, source, { of: workOf(journal.table), all })
    },
  }
}

async function bringImages(
  reading: JournalReading,
  live: Table,
  journal: JournalTable,
  source: JournalSource,
  work: { of: JournaledWork[]; all: JournaledWork[] },
): Promise<RowsSource> {
  const relation = await readImages(reading, live, journal, source, work.of)
  const overwrote = work.of.some(({ act }) => act === 'update')
  const gone = imageColumn(imageColumns.gone)
  const statements = work.of.reduce((sum, one) => sum + one.statements, 0)
  return {
    relation,
    facts: Object.values(imageColumns),
    columns: await columnsOf(reading.sql, live, journal),
    // It says nothing about rows that were neither deleted nor overwritten.
    within: () => fragment`false`,
    beyond: laterImages(live, journal, source, work.all),
    lost: overwrote ? () => gone : undefined,
    yields: () => fragment`(${gone} or ${imageColumn(imageColumns.later)} or ${isChangedLater(live)})`,
    age: statements > 1 ? imageColumns.firstAt : undefined,
  }
}

const imageColumn = (column: string): Fragment => fragment`s.${name(column)}`

/** The application's clock may be ahead of the database's by as much. */
const skew: Fragment = fragment`interval '5 seconds'`

/** True where a column of the live row says that it was changed after its newest image in the range. */
function isChangedLater(live: Table): Fragment {
  const column = momentColumn(live, 'updated')
  if (!column) return fragment`false`
  const at = fragment`${imageColumn(imageColumns.lastAt)} + ${skew}`
  return fragment`coalesce(${columnIn('l', column.name)} > ${
    column.type.includes('without') ? fragment`(${at}) at time zone 'UTC'` : at
  }, false)`
}

/** The journal writes generated columns too; the live table computes them again. */
async function columnsOf(sql: Session, live: Table, journal: JournalTable) {
  const columns = await readColumns(sql, journal.journal)
  return columns.filter(
    (column) =>
      journal.dataColumns.includes(column.name) && live.columns.some((one) => one.name === column.name),
  )
}
