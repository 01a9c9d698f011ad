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
}

/** Everything that a copy must equal to be called proven. */
export interface Facts {
  takenAt: string
  serverVersionNumber: number
  tables: TableFacts[]
  sequences: SequenceFacts[]
  constraints: ConstraintFacts[]
  /** Index, trigger and policy definitions, each as one line of text. */
  definitions: string[]
  /** sha256 over tables, columns, constraints and definitions: changes when the schema does. */
  schemaFingerprint: string
  /** What exists but is not in these facts, each with the reason. */
  notCovered: { name: string; reason: string }[]
}

/** One way in which two sets of facts differ. */
export interface Difference {
  subject: string
  kind: 'rows' | 'checksum' | 'missing' | 'unexpected' | 'sequence' | 'constraint' | 'definition'
  expected: string
  found: string
}
