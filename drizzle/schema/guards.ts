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

/** The guard of each protected table as last verified. */
export const guardStates = pgTable(
  'guard_states',
  {
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    tableName: text().notNull(),
    state: text({ enum: ['installed', 'outdated', 'missing', 'tampered', 'unsupported'] }).notNull(),
    /** Sentences, each with what is wrong and what helps. */
    problems: jsonb().notNull().default([]),
    verifiedAt: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.targetId, table.tableName] })],
)

/** What the guards saw, copied out of the target so that it outlives it. */
export const guardEvents = pgTable(
  'guard_events',
  {
    id: id(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    kind: text({
      enum: ['blocked', 'deleted', 'overwritten', 'permitted', 'expired', 'tampered', 'forgotten'],
    }).notNull(),
    at: instant().notNull(),
    tableName: text().notNull(),
    /** Rows deleted or refused; null when only the attempt itself could be proven. */
    rows: bigint({ mode: 'number' }),
    roleName: text(),
    applicationName: text(),
    clientAddress: text(),
    statement: text(),
    transactionId: text(),
    detail: jsonb().notNull().default({}),
    /** Identifies the event in its target, so that collecting twice records once. */
    sourceKey: text().notNull(),
    collectedAt: madeAt(),
  },
  (table) => [
    uniqueIndex('guard_events_target_id_source_key_idx').on(table.targetId, table.sourceKey),
    index('guard_events_target_id_at_idx').on(table.targetId, table.at),
  ],
)

/** How far the guards of a target were read: what comes next is news. */
export const guardWatches = pgTable('guard_watches', {
  targetId: uuid()
    .primaryKey()
    .references(() => targets.id),
  /** Every transaction before this one had ended when the journal was last read. */
  fromTransaction: text().notNull(),
  /** Refused attempts recorded up to then were read. */
  attemptsUntil: instant().notNull(),
  /** { <table>: number of its last refused attempt } */
  attemptNumbers: jsonb().notNull().default({}),
  watchedAt: instant().notNull(),
})

/** What the last comparison of a target's guards with its policy said beside each table's state. */
export const guardSurveys = pgTable('guard_surveys', {
  targetId: uuid()
    .primaryKey()
    .references(() => targets.id),
  /** The SQL that an installation would run now, in order; empty when everything is right. */
  statements: jsonb().notNull().default([]),
  /** The known ways past the guards in this target: [{ what, why }] */
  gaps: jsonb().notNull().default([]),
  /** Tables with rows that came after the installation and that nobody covers: ["public.x"] */
  uncovered: jsonb().notNull().default([]),
  /** What the last installation left: { eventTriggers, evidence, tables }. Null: an installation that did not say. */
  remembered: jsonb(),
  surveyedAt: instant().notNull(),
})

/**
 * What each object of a target's guards was when Holdfast last installed them. Kept here, where whoever changes the target
 * cannot change it: an object that is not as this version wants it is older if it is still this, and tampered with if not.
 */
export const guardInstallations = pgTable('guard_installations', {
  targetId: uuid()
    .primaryKey()
    .references(() => targets.id),
  /** `found`: an installation of before kept no record; this is what was there when that was noticed. */
  origin: text({ enum: ['installed', 'found'] }).notNull(),
  /** How the prints were taken; prints of another scheme cannot be compared. */
  scheme: integer().notNull(),
  /** { <object>: SHA-256 of its definition } */
  prints: jsonb().notNull(),
  recordedAt: instant().notNull(),
})
