import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'
import { targets } from './targets.ts'

/**
 * One run of background work: what people see as progress, and what fences two workers from doing it twice.
 * The queue only wakes a worker up; this row decides who does the work.
 */
export const jobRuns = pgTable(
  'job_runs',
  {
    id: id(),
    kind: text().notNull(),
    targetId: uuid().references(() => targets.id),
    payload: jsonb().notNull(),
    status: text({ enum: ['queued', 'running', 'succeeded', 'failed', 'cancelled'] })
      .notNull()
      .default('queued'),
    phase: text(),
    progressDone: bigint({ mode: 'number' }),
    progressTotal: bigint({ mode: 'number' }),
    /** [{ name, startedAt, durationMs }] of the phases so far. */
    phases: jsonb().notNull().default([]),
    result: jsonb(),
    /** { code, message, hint } of the failure. */
    error: jsonb(),
    claimedBy: text(),
    /** Raised at every claim; a write with an older token is refused. */
    fencingToken: integer().notNull().default(0),
    leaseUntil: instant(),
    attempts: integer().notNull().default(0),
    cancelRequestedAt: instant(),
    requestedBy: text().notNull(),
    /** The minute a schedule meant, so that one slot runs once however many workers fire it. */
    scheduledFor: instant(),
    createdAt: madeAt(),
    startedAt: instant(),
    finishedAt: instant(),
  },
  (table) => [
    uniqueIndex('job_runs_kind_target_id_scheduled_for_idx').on(
      table.kind,
      table.targetId,
      table.scheduledFor,
    ),
    index('job_runs_status_created_at_idx').on(table.status, table.createdAt),
    index('job_runs_target_id_created_at_idx').on(table.targetId, table.createdAt),
  ],
)

/**
 * Who works on a target right now, visible to everyone who has to wait. The advisory lock of the session `backendPid`
 * decides; a row whose session has no lock any more was left by a killed process.
 */
export const targetHolds = pgTable(
  'target_holds',
  {
    id: id(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    mode: text({ enum: ['read', 'write'] }).notNull(),
    purpose: text().notNull(),
    heldBy: text().notNull(),
    subjectId: text().notNull(),
    backendPid: integer().notNull(),
    since: madeAt(),
  },
  (table) => [index('target_holds_target_id_idx').on(table.targetId)],
)
/** One row per living worker process, so that the pages can say when nobody does the work. */
export const workerHeartbeats = pgTable('worker_heartbeats', {
  workerId: text().primaryKey(),
  startedAt: madeAt(),
  seenAt: madeAt(),
  /** Job runs that it works on right now. */
  running: integer().notNull().default(0),
})

/**
 * The runs that a policy's schedules call for, each written down before it is due: one that nobody started is then
 * known to be missing, and an occurrence is started once however many workers are there.
 */
export const expectedRuns = pgTable(
  'expected_runs',
  {
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    /** The name in the policy: snapshot, archive, drill, ... */
    schedule: text().notNull(),
    dueAt: instant().notNull(),
    status: text({ enum: ['expected', 'filed', 'refused', 'skipped'] })
      .notNull()
      .default('expected'),
    answeredAt: instant(),
    jobRunId: uuid().references(() => jobRuns.id),
    /** Why nothing was filed, when the verb refused. */
    refusedBecause: text(),
  },
  (table) => [
    primaryKey({ columns: [table.targetId, table.schedule, table.dueAt] }),
    index('expected_runs_status_due_at_idx').on(table.status, table.dueAt),
  ],
)
