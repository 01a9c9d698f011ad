import { bigint, customType, index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

/** Append-only, hash-chained. Written only by holdfast_append_audit(); a trigger refuses every other change. */
export const auditEntries = pgTable(
  'audit_entries',
  {
    seq: bigint({ mode: 'number' }).primaryKey(),
    at: instant().notNull(),
    actor: text().notNull(),
    action: text().notNull(),
    outcome: text({ enum: ['done', 'refused', 'failed'] }).notNull(),
    /** What it was about: `operation:<id>`, `target:<name>`, … */
    subject: text(),
    /** The target's name, kept as text so that the entry outlives the target. */
    target: text(),
    reason: text(),
    detail: jsonb().notNull(),
    previousHash: text().notNull(),
    hash: text().notNull(),
  },
  (table) => [
    index('audit_entries_at_idx').on(table.at),
    index('audit_entries_subject_idx').on(table.subject),
  ],
)

/** The chain's end: one row, locked by every append, which makes the sequence gapless. */
export const auditHead = pgTable('audit_head', {
  id: integer().primaryKey(),
  seq: bigint({ mode: 'number' }).notNull(),
  hash: text().notNull(),
})

/** The chain's HMAC key as its two padded blocks. The application role has no right to read it. */
export const auditKeys = pgTable('audit_keys', {
  id: integer().primaryKey(),
  innerPad: bytea().notNull(),
  outerPad: bytea().notNull(),
})
