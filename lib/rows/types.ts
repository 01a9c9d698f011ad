import type postgres from 'postgres'
import type { Fragment } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Column, Table } from '#lib/targets/types.ts'

/** How far live rows are brought back to the source: only the missing ones, changed ones too, or equal to it. */
export const rowsModes = ['missing', 'changed', 'all'] as const
export type RowsMode = (typeof rowsModes)[number]

export interface SourceColumn extends Pick<Column, 'name' | 'type'> {
  /** Of a type that is not PostgreSQL's own. */
  kind?: 'enum' | 'domain' | null
  /** Its values are here as text: they are of this type, which is another one there than in live. */
  textOf?: string
}

/** A relation in the same database to read a table's rows from, and the moment its rows are from. */
export interface RowsSource {
  relation: TableName
  columns: readonly SourceColumn[]
  /** Which live rows the source speaks for, where it holds only the parts that differ. */
  within?: ((alias: 'l') => Fragment) | undefined
  /** Columns of its relation beside the table's own, that the following speak of. */
  facts?: readonly string[] | undefined
  /** A relation with more of its rows: not asked for, but there for those that refer to them. */
  beyond?: Fragment | undefined
  /** Of the rows that live lacks: which are to be put back. All when left out. On the alias `s`. */
  lost?: (() => Fragment) | undefined
  /**
   * Of the rows that differ: whose live row stays as it is, unless live is made equal to the source; somebody made or
   * changed it since. On the aliases `s` and `l`. None when left out.
   */
  yields?: (() => Fragment) | undefined
  /** A column that rises with the time of a row, where rows of different times may have the same unique values. */
  age?: string | undefined
}

/** A live table and what it is compared with. */
export interface RowsPair {
  live: Table
  source: RowsSource
  /** Which rows take part, on both sides. */
  only?: ((alias: 'l' | 's') => Fragment) | undefined
  /** Live columns whose values the source has under another name. A person said so; nothing is guessed. */
  renamed?: Readonly<Record<string, string>> | undefined
  /** Its rows go to a table of its own, which takes columns that live does not have so any more. */
  beside?: boolean | undefined
}

/** Where the engine works: one session of the target, in one transaction, ended by the signal. */
export interface RowsScope {
  sql: postgres.TransactionSql
  signal?: AbortSignal | undefined
}

/** Rows that were set aside in a temporary table. */
export interface SetAside {
  relation: TableName
  rows: number
  /** Order-independent, over every value that decides what a run would write. */
  checksum: string
}

export interface RowSample {
  kind: 'missing' | 'changed' | 'extra' | 'newer'
  key: string
  /** The key's values as text, in the key's order, so that this row can be picked. Absent without a key. */
  keyValues?: string[]
  backup?: Record<string, string | null>
  live?: Record<string, string | null>
}

export interface TableComparison {
  live: Table
  source: RowsSource
  /** What is compared and written, by name. */
  columns: string[]
  missing: SetAside
  changed: SetAside
  extra: SetAside
  /** Of the changed and the extra rows: those that live made or changed after the source's moment. */
  newer: number
  /** Of the newer ones: those that stay as they are. */
  kept: number
  changedColumns: { column: string; rows: number }[]
  samples: RowSample[]
  notes: string[]
  /** Triggers and rules of the application that fire for what is written. */
  fires: string[]
  /** Columns of the source, by their names there, that go to no live column. */
  dropped: string[]
  /** Every row of the source that was asked for, as the live table's types, to select from: `… s where …`. */
  asked: Fragment
  /** Not asked for; it is here because rows that are missing elsewhere need rows of it. */
  follows: boolean
}

export interface RowsPlan {
  /** In the order to insert: parents first. */
  tables: TableComparison[]
  /** The same tables in the order to delete: children first. */
  deleteOrder: TableComparison[]
  mode: RowsMode
  /** Foreign keys that are checked at the end, because the tables reference each other. */
  deferred: { schema: string; name: string }[]
}
