import {
  bigint,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'
import { deployments } from './deployments.ts'
import { targets } from './targets.ts'

// The log, its rollups, the turns and the row counts are partitioned by time, which Drizzle cannot say: the migration does
// (lib/health/log-tiers.ts has the steps). They reference nothing: attaching a partition that does would lock the
// referenced table against writers.

const status = () => text({ enum: ['healthy', 'unhealthy', 'no-data'] })
const severity = () => text({ enum: ['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY'] })

/** The health log: one finding of one check at one moment. Partitioned by day. */
export const healthLog = pgTable(
  'health_log',
  {
    targetId: uuid().notNull(),
    checkedAt: instant().notNull(),
    /** `<area>.<name>[:<subject>]`, e.g. `membership.missing:app-users`. */
    check: text().notNull(),
    status: status().notNull(),
    severity: severity().notNull(),
    /** How many rows or people the finding is about. Null when the check did not run. */
    affected: bigint({ mode: 'number' }),
    /** The number charted for this check (rows, milliseconds, …). */
    measured: doublePrecision(),
    details: text().notNull(),
    remedy: text(),
    samples: jsonb().notNull().default([]),
    durationMs: doublePrecision(),
    jobRunId: uuid(),
  },
  // Also what one check's findings are paged by: no other order is asked for.
  (table) => [primaryKey({ columns: [table.targetId, table.check, table.checkedAt] })],
)

/** What a check did within one stretch of time: the same for minutes, hours and days. */
const rollupColumns = () => ({
  targetId: uuid().notNull(),
  check: text().notNull(),
  /** The start of the stretch. */
  at: instant().notNull(),
  runs: integer().notNull(),
  unhealthy: integer().notNull(),
  noData: integer().notNull(),
  /** How many of the runs measured a number; the next four are of these. */
  measuredRuns: integer().notNull(),
  lowest: doublePrecision(),
  highest: doublePrecision(),
  total: doublePrecision(),
  last: doublePrecision(),
  lastAt: instant(),
})

/** Partitioned by day. */
export const healthMinutes = pgTable('health_minutes', rollupColumns(), (table) => [
  primaryKey({ columns: [table.targetId, table.check, table.at] }),
])

/** Partitioned by month. */
export const healthHours = pgTable('health_hours', rollupColumns(), (table) => [
  primaryKey({ columns: [table.targetId, table.check, table.at] }),
  // All checks of a few hours lie side by side; by the key each would be fetched from somewhere else.
  index('health_hours_target_id_at_idx').on(table.targetId, table.at),
])

/** Partitioned by year. */
export const healthDays = pgTable('health_days', rollupColumns(), (table) => [
  primaryKey({ columns: [table.targetId, table.check, table.at] }),
])

/** The newest finding of each check, whole: what pages and alerts read, so that they never search the log. */
export const healthStates = pgTable(
  'health_states',
  {
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    check: text().notNull(),
    area: text().notNull(),
    title: text().notNull(),
    status: status().notNull(),
    severity: severity().notNull(),
    affected: bigint({ mode: 'number' }),
    measured: doublePrecision(),
    details: text().notNull(),
    remedy: text(),
    samples: jsonb().notNull().default([]),
    checkedAt: instant().notNull(),
    durationMs: doublePrecision(),
    /** Since when the status is what it is. */
    since: instant().notNull(),
    /** The exact SQL that was run, as a person could run it. Null when nothing could be. */
    statement: text(),
  },
  (table) => [primaryKey({ columns: [table.targetId, table.check] })],
)

/** Each time that a check's status or severity became another. Partitioned by month. */
export const healthTurns = pgTable(
  'health_turns',
  {
    targetId: uuid().notNull(),
    check: text().notNull(),
    at: instant().notNull(),
    area: text().notNull(),
    title: text().notNull(),
    /** Null where the check was first seen. */
    statusBefore: status(),
    severityBefore: severity(),
    status: status().notNull(),
    severity: severity().notNull(),
    affected: bigint({ mode: 'number' }),
    details: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.targetId, table.check, table.at] }),
    index('health_turns_target_id_at_idx').on(table.targetId, table.at),
  ],
)

/** Row counts of watched tables over time. Partitioned by month. */
export const rowCounts = pgTable(
  'row_counts',
  {
    targetId: uuid().notNull(),
    tableName: text().notNull(),
    countedAt: instant().notNull(),
    rows: bigint({ mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.targetId, table.tableName, table.countedAt] })],
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
