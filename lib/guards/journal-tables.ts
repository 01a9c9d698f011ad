import type postgres from 'postgres'
import type { TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const journalTablesSql = loadSql(new URL('./sql/journal_tables.sql', import.meta.url))

/** The columns that every journal has beside the table's own. */
export const journalColumns = {
  /** bigint: the row of holdfast.journal_statements that says who, when and with which statement. */
  statementId: 'holdfast_statement_id',
  /** xid8 */
  transactionId: 'holdfast_transaction_id',
  /** timestamptz: when the row was deleted, not when the deleting transaction ended. */
  deletedAt: 'holdfast_deleted_at',
} as const

export interface JournalTable {
  table: TableName
  journal: TableName
  /** Columns of the table that its journal has too, in the table's order. */
  dataColumns: string[]
}

/** Who deleted: joined by `journal.holdfast_statement_id = statements.id`. */
export const journalStatements: TableName = { schema: 'holdfast', name: 'journal_statements' }

/** The journals of a target: images of every row that its guards let go. Empty where no guard is installed. */
export async function listJournalTables(
  sql: postgres.Sql | postgres.TransactionSql,
): Promise<JournalTable[]> {
  const [known] = await sql<
    [{ present: boolean }]
  >`select to_regclass('holdfast.guarded_tables') is not null as present`
  if (!known.present) return []
  const rows =
    await sql.unsafe<
      {
        schema: string
        name: string
        journalSchema: string
        journalName: string
        dataColumns: string[]
      }[]
    >(journalTablesSql)
  return rows.map(({ schema, name, journalSchema, journalName, dataColumns }) => ({
    table: { schema, name },
    journal: { schema: journalSchema, name: journalName },
    dataColumns,
  }))
}
