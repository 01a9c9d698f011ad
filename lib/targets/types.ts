import type postgres from 'postgres'
import type { TableName } from '#lib/sql/identifier.ts'

export type Environment = 'production' | 'staging' | 'development'

/** As whom Holdfast works in a target. Without an own credential a role falls back to `owner`. */
export type TargetRole = 'owner' | 'watch' | 'backup' | 'restore' | 'guard'

export interface Target {
  id: string
  name: string
  environment: Environment
  /** Control: Holdfast's own database, which is archived, drilled and checked, and never written to as a target. */
  kind: 'application' | 'control'
  host: string
  port: number
  databaseName: string
  serverVersion: string
  serverVersionNumber: number
}

/**
 * An open session in a target: `sql` is a one-connection postgres.js client with its own parsers (dates are Date,
 * bigint is string). Named so that nobody mistakes it for our store.
 */
export interface TargetSession {
  target: Target
  role: TargetRole
  sql: postgres.Sql
  serverVersionNumber: number
}

export type RelationKind =
  | 'table'
  | 'partitioned'
  | 'partition'
  | 'view'
  | 'materialized-view'
  | 'foreign-table'
  | 'sequence'

/** Anything with a name in the application's schemas. */
export interface Relation extends TableName {
  kind: RelationKind
  columns: string[]
}

export interface Column {
  name: string
  /** As PostgreSQL writes it, with modifiers: `character varying(60)`. */
  type: string
  notNull: boolean
  hasDefault: boolean
  /** `always` and `by default` are identity columns; `stored` is a generated column, which is never written. */
  generated: 'no' | 'always' | 'by default' | 'stored'
}

export interface ForeignKey {
  name: string
  columns: string[]
  references: TableName
  referencedColumns: string[]
  deferrable: boolean
  /** Whether PostgreSQL has looked at the rows that were there before it; false too for one that it does not enforce. */
  validated: boolean
  /** By column, the operator that compares: referenced value, referring value. None for a key over periods. */
  equals: TableName[]
}

/** What a table looks like, read from the catalog. Tables only; a view never has a Table. */
export interface Table extends TableName {
  kind: 'table' | 'partitioned' | 'partition'
  columns: Column[]
  /** The primary key's columns in key order, else those of a unique key over not-null columns, else null. */
  key: string[] | null
  keyKind: 'primary' | 'unique' | null
  foreignKeys: ForeignKey[]
  /** Sequences owned by a column. */
  sequences: { column: string; sequence: TableName }[]
  /** Of the last ANALYZE; an estimate, and -1 where never analysed. */
  estimatedRows: number
  /** With indexes and out-of-line storage; of a partitioned table, all its partitions. */
  sizeBytes: number
  rowSecurity: boolean
}
