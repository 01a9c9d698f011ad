import type postgres from 'postgres'
import type { RestoreSource } from '#lib/restores/input.ts'
import type { KeptImages } from '#lib/restores/judge-images.ts'
import type { WrittenRows } from '#lib/rows/apply-rows.ts'
import type { RowsMode, RowsSource } from '#lib/rows/types.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

/** Where rows come from, open: its tables can be brought beside the live ones in the target's session. */
export interface OpenSource {
  /** What it is, so that a plan from one source is never run from another. */
  identity: Record<string, unknown>
  /** `the snapshot of 2026-03-04 14:02 UTC`. */
  label: string
  /** The moment its rows are from. */
  moment: Date
  tables: TableName[]
  /** What is not in it although it was asked for. */
  warnings?: string[]
  /** How many images a journal has of what was asked for. */
  kept?: KeptImages[]
  /** Makes a table's rows readable in this session of the target. Null where the source does not have the table. */
  bring(session: postgres.Sql | postgres.TransactionSql, live: Table): Promise<RowsSource | null>
}

/** What a restore's plan keeps beside its summary: what the run needs to do the same again. */
export interface RestorePlan {
  source: RestoreSource
  mode: RowsMode
  /** Every table that takes part, those that follow included: locked by the run. */
  tables: TableName[]
  /** Those that the request chose; the others follow. */
  chosen: TableName[]
  /** The images of a journal that it was computed from. */
  kept?: KeptImages[]
}

export interface RestoreResult extends WrittenRows {
  source: string
  writtenRows: number
  /** The verified copy of the tables from before the writes. Null when nothing had to be written. */
  safetyBackupId: string | null
  proof: {
    table: string
    rowsBefore: number
    rowsAfter: number
    /** Written rows that a trigger of the table changed on their way. */
    altered: number
  }[]
}
