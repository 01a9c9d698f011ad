import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'
import { jobRuns } from './jobs.ts'
import { targets } from './targets.ts'

export const deployments = pgTable(
  'deployments',
  {
    id: id(),
    number: integer().generatedAlwaysAsIdentity(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    title: text().notNull(),
    status: text({ enum: ['queued', 'validating', 'validated', 'failed'] })
      .notNull()
      .default('queued'),
    verdict: text({ enum: ['APPROVED', 'BLOCKED'] }),
    /** migration, rollback, constraint, skip: the parsed request. */
    request: jsonb().notNull(),
    /** [{ name, status, details, durationMs }] */
    steps: jsonb().notNull().default([]),
    reasons: jsonb().notNull().default([]),
    requestedBy: text().notNull(),
    createdAt: madeAt(),
    startedAt: instant(),
    finishedAt: instant(),
    error: jsonb(),
    jobRunId: uuid().references(() => jobRuns.id),
  },
  (table) => [index('deployments_target_id_created_at_idx').on(table.targetId, table.createdAt)],
)
