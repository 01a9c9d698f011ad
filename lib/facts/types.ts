import type { TableName } from '#lib/sql/identifier.ts'

/** What one table holds, in one database snapshot. */
export interface TableFacts extends TableName {
  rows: number
  /** Order-independent checksum over every row's text, 128 bits as hex. Equal content, equal checksum, on any server. */
  checksum: string
  /** The columns that the checksum covers, in the order it reads them. */
  columns: string[]
}

export interface SequenceFacts extends TableName {
  lastValue: string
  isCalled: boolean
}

export interface ConstraintFacts {
  table: TableName
  name: string
  definition: string
  validated: boolean
  /** Made by PostgreSQL for a partition, under a name that depends on the order in which partitions came. */
  derived?: boolean
}

export interface ExtensionFacts {
  name: string
  version: string
  schema: string
}

/** All large objects together: their checksum covers number, length and content of each, in any order. */
export interface LargeObjectFacts {
  count: number
  bytes: number
  checksum: string
}

export interface RoleFacts {
  name: string
  superuser: boolean
  inherit: boolean
  createRole: boolean
  createDatabase: boolean
  login: boolean
  replication: boolean
  bypassRowSecurity: boolean
  connectionLimit: number
  validUntil: string | null
  memberOf: string[]
}

/** What belongs to the server and concerns the database. Recorded to build it again elsewhere; never a password. */
export interface GlobalFacts {
  database: {
    encoding: string
    collate: string
    ctype: string
    /** `c` libc, `i` ICU, `b` builtin. */
    localeProvider: string
    locale: string | null
    /** Of the collation library when the database was made: with another one, indexes over text can be wrong. */
    collationVersion: string | null
    connectionLimit: number
    owner: string
  }
  /** Those that own, are named by or have rights on something in the database, and what they are members of. */
  roles: RoleFacts[]
  /** `alter database … set`, and `alter role … in database … set`. */
  settings: { role: string | null; setting: string }[]
}

/** Everything that a copy must equal to be called proven. */
export interface Facts {
  /** Absent in facts of the first format, which had only what is not optional here. */
  format?: 2
  takenAt: string
  serverVersionNumber: number
  tables: TableFacts[]
  sequences: SequenceFacts[]
  constraints: ConstraintFacts[]
  /** Columns, indexes, triggers, policies, views, routines, types and the rest, each as one line of text. */
  definitions: string[]
  /** Such lines that a drill restores without: owners, privileges, publications, tablespaces, foreign credentials. */
  unrestored?: string[]
  extensions?: ExtensionFacts[]
  /** Null when the role may not read them; then `notCovered` says so. */
  largeObjects?: LargeObjectFacts | null
  globals?: GlobalFacts
  /** sha256 over tables, columns, constraints and definitions: changes when the schema does. */
  schemaFingerprint: string
  /** What exists but is not in these facts, each with the reason. */
  notCovered: { name: string; reason: string }[]
}

/** One way in which two sets of facts differ. */
export interface Difference {
  subject: string
  kind:
    | 'rows'
    | 'checksum'
    | 'missing'
    | 'unexpected'
    | 'sequence'
    | 'constraint'
    | 'definition'
    | 'extension'
    | 'large-objects'
    | 'global'
  expected: string
  found: string
}
