import type postgres from 'postgres'
import type { TableGuard } from '#lib/guards/types.ts'
import type { RestoreSource } from '#lib/restores/input.ts'
import type { KeptImages } from '#lib/restores/journal/judge-images.ts'
import type { UndoCopy } from '#lib/restores/undo/undo-schema.ts'
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
  bring(
    session: postgres.Sql | postgres.TransactionSql,
    live: Table,
    /** Whole: also the rows that live has just so. */
    options?: { whole?: boolean },
  ): Promise<RowsSource | null>
}

/** What a restore's plan keeps beside its summary: what the run needs to do the same again. */
export interface RestorePlan {
  source: RestoreSource
  mode: RowsMode
  /** Where the rows go. Left out: into the live tables. */
  into?: 'copy' | 'place'
  /** Every table that takes part, those that follow included: locked by the run. */
  tables: TableName[]
  /** Those that the request chose; the others follow. */
  chosen: TableName[]
  /** The images of a journal that it was computed from. */
  kept?: KeptImages[]
}

/** Tables beside the originals that hold what was chosen of a source. */
export interface RestoredCopy {
  /** `holdfast_restored_…`, in the target; nobody but the restore role and superusers see into it. */
  schema: string
  tables: { table: string; copy: string; rows: number; checksum: string }[]
  /** To paste: look at the rows, move those that live lacks, reset those that live changed, drop the whole. */
  statements: { look: string[]; move: string[]; reset: string[]; drop: string }
}

export interface RestoreResult extends WrittenRows {
  source: string
  writtenRows: number
  /** The verified copy of the rows from before the writes, with which they are undone. Null when nothing had to be written. */
  undo: UndoCopy | null
  /** Where the rows are, when they went beside the originals: then no live table was written. */
  copy?: RestoredCopy | null
  /** The health run that was asked for afterwards. */
  healthJobRunId?: string
  /** Why there is none. */
  healthProblem?: string
  /** The guards of the written tables that the policy protects, as they were afterwards. */
  guards?: TableGuard[]
  proof: {
    table: string
    rowsBefore: number
    rowsAfter: number
    /** Written rows that a trigger of the table changed on their way. */
    altered: number
  }[]
}
