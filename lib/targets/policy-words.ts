import { z } from 'zod'
import { parseTable } from '#lib/sql/identifier.ts'

/** A table as people write it. */
export const tableText = z
  .string()
  .min(1)
  .max(260)
  .refine((text) => parseTable(text) !== null, 'not a table name; write schema.table, quoted where needed')

export const columnName = z.string().min(1).max(63)
export const roleName = z.string().min(1).max(63)

/** What the entries of a policy's lists are called. */
export const entryName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, starting with a letter')

export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** `{ column: value }`: all must be equal (null: is null). An array means any of these. Data, never SQL. */
export const conditions = z.record(columnName, z.union([scalar, z.array(scalar).min(1)]))
