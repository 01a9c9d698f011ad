import { z } from 'zod'
import { parseTable } from '#lib/sql/identifier.ts'

const mostRows = 1_000_000_000
const mostMinutes = 24 * 60

/** What one session may do beyond the budgets, once: asked for, approved, and then opened by its role. */
export const permitRequestInput = z.strictObject({
  table: z
    .string()
    .min(1)
    .max(260)
    .refine((text) => parseTable(text) !== null, 'not a table name; write schema.table, quoted where needed'),
  act: z.enum(['delete', 'update']).default('delete'),
  /** The database role that may use it. Null: the one that the target was registered with. */
  role: z.string().min(1).max(63).nullable().default(null),
  maxRows: z.number().int().min(1).max(mostRows),
  /** How long it stays open, from the run. */
  minutes: z.number().int().min(1).max(mostMinutes),
  /** One expression over the table's columns that must hold for every row. Null: any row. */
  predicate: z.string().trim().min(1).max(2_000).nullable().default(null),
})

export type PermitRequest = z.output<typeof permitRequestInput>

export const withdrawPermitInput = z.strictObject({ permitId: z.uuid() })
