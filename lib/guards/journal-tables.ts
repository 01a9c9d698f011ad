import type postgres from 'postgres'
import type { TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const journalTablesSql = loadSql(new URL('./sql/journal_tables.sql', import.meta.url))

/** The columns that every journal has beside the table's own. */
export const journalColumns = {
  /**
   * bigint: the row of holdfast.journal_statements that says who, when and with which statement. Sessions draw them in
   * batches: they order the statements of one session, not of two.
   */
  statementId: 'holdfast_statement_id',
  /** timestamptz: when the image was kept, not when its transaction ended. It orders the images of a row, and decides the partition. */
  changedAt: 'holdfast_changed_at',
} as const

export interface JournalTable {
  table: TableName
  journal: TableName
  /** Columns of the table that its journal has too, in the table's order. */
  dataColumns: string[]
}

/** Who deleted or overwrote: joined by `journal.holdfast_statement_id = statements.id`. */
export const journalStatements: TableName = { schema: 'holdfast', name: 'journal_statements' }

/** Its columns that those need who read images. */
export const statementColumns = {
  id: 'id',
  /** text: the table as the policy names it; of a partition, its root. */
  tableName: 'table_name',
  /** JournalAct */
  act: 'act',
  /** xid8 */
  transactionId: 'transaction_id',
  changedAt: 'changed_at',
  rows: 'rows',
  /** Set when an approved operation did it. */
  operationId: 'operation_id',
  /** Why the images were not kept; null when they were, or need not be. */
  problem: 'journal_problem',
} as const

/**
 * The journals of a target: old images of the rows that its guards let go. Empty where no guard is installed; a table
 * that is only counted has none.
 */
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
