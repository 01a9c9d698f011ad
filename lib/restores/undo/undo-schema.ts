/** The undo copy's own schema in the target. Named by the operation's id, never by a clock. */
export const undoSchema = (operationId: string): string =>
  `holdfast_undo_${operationId.replaceAll('-', '').slice(0, 12)}`

export const undoSchemaPattern = /^holdfast_undo_[0-9a-f]{12}$/

/** A column as the live table had it when the operation ran. */
export interface UndoColumn {
  name: string
  type: string
  /** Kept as text, because its type is the application's own and can be dropped. */
  isText: boolean
  /** Computed by the database from other columns: kept, but never written. */
  isComputed: boolean
}

/** What one table of an operation was before it, and what it became. The names are of tables in the copy's schema. */
export interface UndoTable {
  table: string
  /** Whole rows that were overwritten or deleted, as they were. */
  before: string
  /** Keys of rows that were inserted; without a key the rows. */
  made: string
  /** What overwritten and inserted rows became: keys and a hash of the row; without a key the rows. */
  written: string
  beforeRows: number
  madeRows: number
  writtenRows: number
  /** Over the rows of the three, independent of their order. */
  checksum: string
  key: string[] | null
  columns: UndoColumn[]
  /** Those of them that `made` has: the key, or what was inserted. */
  madeColumns: string[]
}

/** With what an operation is undone. Made in its own transaction. */
export interface UndoCopy {
  schema: string
  tables: UndoTable[]
  sizeBytes: number
  /** When it was removed because its time was over. Added later, in our store only. */
  expiredAt?: string
}
