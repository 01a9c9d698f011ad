import type postgres from 'postgres'
import type { Table, TargetSession } from '#lib/targets/types.ts'

/** What is to be compared, as the job keeps it. */
export interface ComparisonRequest {
  comparisonId: string
  /** By their names in the target. Empty: all tables that both have, and that have a key. */
  tables: string[]
  /** Where the master calls a table otherwise: the name in the target → the name there. */
  names: Record<string, string>
  /** Columns that may differ between the two, by the table's name in the target. */
  ignoredColumns: Record<string, string[]>
}

/** The same table on both sides. */
export interface TablePair {
  /** As people read it, by its name in the target. */
  table: string
  master: Table
  target: Table
}

/** What of a table's columns cannot be compared, and what shall not. */
export interface ColumnDifferences {
  onlyMaster: string[]
  onlyTarget: string[]
  retyped: { column: string; master: string; target: string }[]
  ignored: string[]
}

export interface DriftSample {
  kind: 'missing' | 'changed' | 'extra'
  key: string
  /** For a changed row the values that differ, else the whole row. */
  master?: Record<string, string | null>
  target?: Record<string, string | null>
}

/** What a comparison found out about one table. */
export interface FoundTable {
  table: string
  /** Its name in the master, where it is another one. */
  masterTable: string
  inSync: boolean
  masterRows: number
  targetRows: number
  /** Only in the master. */
  missing: number
  /** Only in the target. */
  extra: number
  changed: number
  changedColumns: { column: string; rows: number }[]
  /** Rows that differed at first and no more at the second look: writes under way. */
  settled: number
  columns: ColumnDifferences
  /** Compared row by row; without a common key whole rows are counted. */
  hasKey: boolean
  samples: DriftSample[]
  notes: string[]
}

/** Rows of one side that refer to something which is not there. */
export interface FoundReference {
  side: 'master' | 'target'
  table: string
  columns: string[]
  references: string
  /** By the schema, or by the policy alone. */
  declared: boolean
  /** Whether the policy says that every row must refer to something. */
  required: boolean
  /** Rows whose reference leads nowhere; of a required one also those that refer to nothing. */
  orphans: number
  /** Rows that refer to nothing at all, which a declared key lets pass. */
  empty: number
  samples: string[]
}

export interface Found {
  tables: FoundTable[]
  references: FoundReference[]
  /** What was not looked at, where all common tables were asked for. */
  uncompared: { onlyMaster: string[]; onlyTarget: string[]; withoutKey: string[] }
  /** References that could not be looked at, one sentence each. */
  unchecked: string[]
  /** When the rows that differed were read once more; null where none differed. */
  lookedAgainAt: string | null
  /** Tables to come, while it runs. */
  pending: string[]
}

/** One of the two, open: its snapshot is taken. */
export interface Side {
  session: TargetSession
  sql: postgres.TransactionSql
  readAt: Date
}

export interface BothSides {
  master: Side
  target: Side
}
