import { bigint, doublePrecision, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'
import { deployments } from './deployments.ts'
import { jobRuns } from './jobs.ts'
import { targets } from './targets.ts'

/** The health log: one finding of one check at one moment. */
export const healthLog = pgTable(
  'health_log',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    checkedAt: instant().notNull(),
    /** `<area>.<name>[:<subject>]`, e.g. `membership.missing:app-users`. */
    check: text().notNull(),
    area: text().notNull(),
    title: text().notNull(),
    status: text({ enum: ['healthy', 'unhealthy', 'no-data'] }).notNull(),
    severity: text({ enum: ['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY'] }).notNull(),
    /** How many rows or people the finding is about. Null when the check did not run. */
    affected: bigint({ mode: 'number' }),
    /** The number charted for this check (rows, milliseconds, …). */
    measured: doublePrecision(),
    details: text().notNull(),
    remedy: text(),
    samples: jsonb().notNull().default([]),
    durationMs: doublePrecision(),
    jobRunId: uuid().references(() => jobRuns.id),
  },
  (table) => [
    index('health_log_target_id_check_checked_at_idx').on(table.targetId, table.check, table.checkedAt),
    index('health_log_checked_at_idx').on(table.checkedAt),
  ],
)

/** The newest finding of each check: what pages read, so that they never search the log. */
export const healthStates = pgTable(
  'health_states',
  {
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    check: text().notNull(),
    logId: bigint({ mode: 'number' })
      .notNull()
      .references(() => healthLog.id),
    status: text({ enum: ['healthy', 'unhealthy', 'no-data'] }).notNull(),
    since: instant().notNull(),
    /** The exact SQL that was run, as a person could run it. Null when nothing could be. */
    statement: text(),
  },
  (table) => [primaryKey({ columns: [table.targetId, table.check] })],
)

/** Exact row counts of watched tables over time. */
export const rowCounts = pgTable(
  'row_counts',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    tableName: text().notNull(),
    countedAt: instant().notNull(),
    rows: bigint({ mode: 'number' }).notNull(),
  },
  (table) => [
    index('row_counts_target_id_table_name_counted_at_idx').on(
      table.targetId,
      table.tableName,
      table.countedAt,
    ),
  ],
)

/** The change log of a target's schema: what it was found to be, each time that it was found different. */
export const schemaVersions = pgTable(
  'schema_versions',
  {
    id: id(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    fingerprint: text().notNull(),
    seenAt: madeAt(),
    /** When it was last found as before: the change came after this. Null for the first. */
    unchangedAt: instant(),
    /** [{ name, kind, definition }]: what the next one is compared with. */
    objects: jsonb().notNull(),
    /** [{ name, kind, change, before, after }] against the one before. */
    changes: jsonb().notNull().default([]),
    /** What accounts for it: first, a deployment, a person's word. `unexplained` is a finding. */
    status: text({ enum: ['first', 'deployed', 'accepted', 'unexplained'] }).notNull(),
    deploymentId: uuid().references(() => deployments.id),
    acceptedBy: text(),
    acceptedAt: instant(),
    reason: text(),
  },
  (table) => [index('schema_versions_target_id_seen_at_idx').on(table.targetId, table.seenAt)],
)
