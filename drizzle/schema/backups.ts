import { sql } from 'drizzle-orm'
import { bigint, index, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'
import { jobRuns } from './jobs.ts'
import { archiveStores } from './stores.ts'
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
    /** Foreign: a pg_dump archive that others made and Holdfast only lists and drills. It has no facts and no MAC of ours. */
    origin: text({ enum: ['holdfast', 'foreign'] })
      .notNull()
      .default('holdfast'),
    status: text({ enum: ['queued', 'running', 'good', 'suspicious', 'failed', 'expiring', 'expired'] })
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
    /** What the facts come to, so that a list need not read them: those of a large database are megabytes. */
    coverage: jsonb()
      .$type<{ tables: number; rows: number; largeObjects: number | null; notCovered: number }>()
      .generatedAlwaysAs(sql`public.summarize_facts(facts)`),
    /** Archive: sizes, hashes, tool versions, MAC. */
    manifest: jsonb(),
    serverVersion: text(),
    error: jsonb(),
    expiresAt: instant(),
    /** A person keeps it from expiring, whatever the retention says. */
    heldAt: instant(),
    heldBy: text(),
    holdReason: text(),
    jobRunId: uuid().references(() => jobRuns.id),
  },
  (table) => [
    index('backups_target_id_taken_at_idx').on(table.targetId, table.takenAt),
    // The order of the list: the moment of the content, or of the request while there is none.
    index('backups_target_id_moment_idx').on(
      table.targetId,
      sql`coalesce(${table.takenAt}, ${table.createdAt})`,
      table.id,
    ),
  ],
)

/** One archive in one store. Each copy is verified by itself; the backup is as good as its best one. */
export const backupCopies = pgTable(
  'backup_copies',
  {
    id: id(),
    backupId: uuid()
      .notNull()
      .references(() => backups.id),
    storeId: uuid()
      .notNull()
      .references(() => archiveStores.id),
    /** The name of the archive in the store; its manifest and globals lie beside it. */
    key: text().notNull(),
    status: text({ enum: ['writing', 'good', 'damaged', 'missing', 'failed', 'deleting', 'deleted'] })
      .notNull()
      .default('writing'),
    verification: text({ enum: ['checksum', 'listed', 'restored', 'facts-proven'] }),
    verifiedAt: instant(),
    sizeBytes: bigint({ mode: 'number' }),
    error: jsonb(),
    createdAt: madeAt(),
    deletedAt: instant(),
  },
  (table) => [
    uniqueIndex('backup_copies_backup_id_store_id_idx').on(table.backupId, table.storeId),
    index('backup_copies_store_id_status_idx').on(table.storeId, table.status),
  ],
)

/**
 * Archives that others made, as they were seen in their store: one becomes a backup only when two looks found it the same
 * and it could be read to its end.
 */
export const foreignArchives = pgTable(
  'foreign_archives',
  {
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    storeId: uuid()
      .notNull()
      .references(() => archiveStores.id),
    /** The file's name in the store, or the directory's. */
    key: text().notNull(),
    layout: text({ enum: ['custom', 'directory', 'tar', 'unknown'] }).notNull(),
    sizeBytes: bigint({ mode: 'number' }).notNull(),
    modifiedAt: instant().notNull(),
    /** Over the names, sizes and times of all of its objects: the same twice means that nobody writes to it. */
    look: text().notNull(),
    status: text({ enum: ['watching', 'listed', 'rejected', 'gone'] })
      .notNull()
      .default('watching'),
    /** Why it is not a backup. */
    problem: text(),
    backupId: uuid().references(() => backups.id),
    firstSeenAt: madeAt(),
    seenAt: madeAt(),
  },
  (table) => [primaryKey({ columns: [table.targetId, table.storeId, table.key] })],
)

/** Retention stopped by an anomaly. While one of a target is not cleared, nothing of it expires. */
export const retentionFreezes = pgTable(
  'retention_freezes',
  {
    id: id(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    reason: text().notNull(),
    /** What it is about: `backup:<id>`, `drill:<id>`, `store:<id>`. */
    subject: text().notNull(),
    frozenAt: madeAt(),
    clearedAt: instant(),
    clearedBy: text(),
    clearReason: text(),
  },
  (table) => [index('retention_freezes_target_id_cleared_at_idx').on(table.targetId, table.clearedAt)],
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
    /** The copy that was restored; null for drills from before there were several. */
    copyId: uuid().references(() => backupCopies.id),
    /** What the target's health checks found on the restored copy: [{ check, status, affected, details }]. */
    checks: jsonb().notNull().default([]),
    /** What the drill could not look at and why: [{ what, why, hint }]; amcheck where it is not installed. */
    unchecked: jsonb().notNull().default([]),
    /** The drill server's version. */
    serverVersion: text(),
    error: jsonb(),
    jobRunId: uuid().references(() => jobRuns.id),
  },
  (table) => [index('drills_target_id_finished_at_idx').on(table.targetId, table.finishedAt)],
)
