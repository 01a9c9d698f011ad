import {
  type JournalTable,
  journalColumns,
  journalStatements,
  listJournalTables,
  statementColumns,
} from '#lib/guards/journal-tables.ts'
import type { EvidenceBook } from '#lib/recovery/evidence.ts'
import type { Had, HadRows, Searching } from '#lib/recovery/had-tables.ts'
import { keepRows, wantedRows } from '#lib/recovery/keep-rows.ts'
import { type Giver, letsInAt, userOf } from '#lib/recovery/membership-rows.ts'
import { sameKey } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { readColumns } from '#lib/rows/stage-rows.ts'
import { bind, type Fragment, fragment, integer, name, tableOf } from '#lib/sql/fragment.ts'
import { sameTable } from '#lib/sql/identifier.ts'

const journalDays = 35
const w = statementColumns

/**
 * Adds what the guards journaled: each image of a row that let its user in, taken when it was deleted or overwritten, after
 * the newest snapshot that shows the user inside. Says who did it when that was an approved act.
 */
export async function readJournaled(scope: Searching, had: Had, book: EvidenceBook): Promise<void> {
  const journals = await listJournalTables(scope.sql)
  if (journals.length === 0) return
  await scope.phase('read journal')
  const index = had.sources.push({ kind: 'journal', backupId: null, at: book.until.toISOString() }) - 1
  for (const rows of [had.members, had.roles]) {
    const journal = rows && journals.find(({ table }) => sameTable(table, rows.giver.live))
    if (rows && journal) await readImages(scope, had, rows, journal, { until: book.until, index })
  }
}

async function readImages(
  scope: Searching,
  all: Had,
  had: HadRows,
  journal: JournalTable,
  { until, index }: { until: Date; index: number },
): Promise<void> {
  const { giver, relation } = had
  const columns = (await readColumns(scope.sql, journal.journal)).filter((column) =>
    journal.dataColumns.includes(column.name),
  )
  const there = (column: string) => columns.some((one) => one.name === column)
  if (!there(giver.user) || (giver.organization && !there(giver.organization))) return
  const alias = giver.alias === 'm' ? fragment`m` : fragment`r`
  const at = fragment`w.${name(w.changedAt)}`
  const end = fragment`${bind(until.toISOString())}::timestamptz`
  const begin = fragment`${end} - make_interval(days => ${integer(journalDays)})`
  await keepRows(
    scope,
    had,
    { columns },
    {
      relation: fragment`${tableOf(journal.journal)} ${alias} join ${tableOf(journalStatements)} w on w.${name(w.id)} = ${alias}.${name(journalColumns.statementId)}`,
      where: fragment`${alias}.${name(journalColumns.changedAt)} between ${begin} and ${end} + interval '1 day' and ${at} between ${begin} and ${end}
        and ${wantedRows(scope, all, had, fragment`true`)} and ${letsInAt(giver, at, there)}
        and not exists (select from ${tableOf(relation)} h where h.holdfast_user = ${userOf(giver)} and h.holdfast_at >= ${at})`,
      facts: fragment`${integer(index)}, ${at}, ${at}, w.${name(w.act)}, w.${name(w.operationId)}`,
    },
  )
  await doubtOverwritten(scope, had, index)
}

/** An image of an overwritten row tells how it was before, but only where the row is still there is that the change that ended it. */
async function doubtOverwritten(
  scope: Searching,
  { giver, relation }: HadRows,
  index: number,
): Promise<void> {
  await runSql(
    scope,
    fragment`update ${tableOf(relation)} s set holdfast_gone = null, holdfast_operation = null
      where s.holdfast_source = ${integer(index)} and s.holdfast_act = 'update'
        and not exists (select from ${tableOf(giver.live)} l where ${isSameRow(giver)})`,
  )
}

const isSameRow = (giver: Giver): Fragment =>
  giver.live.key
    ? sameKey(giver.live, giver.live.key, 'l', 's')
    : fragment`l.${name(giver.user)}::text = s.holdfast_user${
        giver.organization
          ? fragment` and l.${name(giver.organization)}::text = s.holdfast_organization`
          : fragment``
      }`
