import { bigint, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'
import { jobRuns } from './jobs.ts'
import { targets } from './targets.ts'

export const backups = pgTable(
  'backups',
  {
    id: id(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    kind: text({ enum: ['snapshot', 'archive'] }).notNull(),
    purpose: text({ enum: ['scheduled', 'manual', 'safety', 'validation'] }).notNull(),
    status: text({ enum: ['queued', 'running', 'good', 'suspicious', 'failed', 'expired'] })
      .notNull()
      .default('queued'),
    /** The highest level proven so far. Null: nothing proven yet. */
    verification: text({ enum: ['checksum', 'listed', 'restored', 'facts-proven'] }),
    verifiedAt: instant(),
    requestedBy: text().notNull(),
    createdAt: madeAt(),
    /** The moment whose content it holds: when its database snapshot was taken. */
    takenAt: instant(),
    finishedAt: instant(),
    durationMs: bigint({ mode: 'number' }),
    sizeBytes: bigint({ mode: 'number' }),
    /** Archive: its generated name in the store. Snapshot: its schema in the target. */
    location: text(),
    /** Facts taken in the same database snapshot (lib/facts/types.ts). */
    facts: jsonb(),
    /** Archive: sizes, hashes, tool versions, MAC. */
    manifest: jsonb(),
    serverVersion: text(),
    error: jsonb(),
    expiresAt: instant(),
    jobRunId: uuid().references(() => jobRuns.id),
  },
  (table) => [index('backups_target_id_taken_at_idx').on(table.targetId, table.takenAt)],
)

export const drills = pgTable(
  'drills',
  {
    id: id(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    backupId: uuid()
      .notNull()
      .references(() => backups.id),
    status: text({ enum: ['queued', 'running', 'finished'] })
      .notNull()
      .default('queued'),
    verdict: text({ enum: ['passed', 'failed', 'inconclusive'] }),
    requestedBy: text().notNull(),
    createdAt: madeAt(),
    startedAt: instant(),
    finishedAt: instant(),
    /** [{ name, durationMs }] */
    phases: jsonb().notNull().default([]),
    /** From the start to a proven database: the measured recovery time. */
    recoveryMs: bigint({ mode: 'number' }),
    /** What differs between the backup's facts and the restored copy (lib/facts/types.ts). */
    differences: jsonb().notNull().default([]),
    error: jsonb(),
    jobRunId: uuid().references(() => jobRuns.id),
  },
  (table) => [index('drills_target_id_finished_at_idx').on(table.targetId, table.finishedAt)],
)
