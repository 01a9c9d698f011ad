import { sql } from 'drizzle-orm'
import { boolean, check, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'
import { jobRuns } from './jobs.ts'
import { targets } from './targets.ts'

/** One comparison of tables that two targets should have alike. */
export const driftComparisons = pgTable(
  'drift_comparisons',
  {
    id: id(),
    /** The master: what is only there is missing in the other one. */
    masterId: uuid()
      .notNull()
      .references(() => targets.id),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    /** The policy's mirror that called for it. Null: asked for by a person, about the tables below. */
    mirror: text(),
    status: text({ enum: ['queued', 'running', 'compared', 'failed'] })
      .notNull()
      .default('queued'),
    /** Null until both were read: errors are not agreement. */
    inSync: boolean(),
    /** Asked for, as schema.table; what was found of each is in `found`. */
    tables: jsonb().notNull().default([]),
    /** Per table: rows on both sides, missing, extra, changed, samples, notes (lib/drift/types.ts). */
    found: jsonb(),
    /** When each of the two was read: their own snapshots' times. */
    masterReadAt: instant(),
    targetReadAt: instant(),
    error: jsonb(),
    requestedBy: text().notNull(),
    createdAt: madeAt(),
    finishedAt: instant(),
    jobRunId: uuid().references(() => jobRuns.id),
  },
  (table) => [
    check('drift_comparisons_two', sql`${table.masterId} <> ${table.targetId}`),
    check('drift_comparisons_known', sql`(${table.status} = 'compared') = (${table.inSync} is not null)`),
    index('drift_comparisons_target_id_created_at_idx').on(table.targetId, table.createdAt),
  ],
)
