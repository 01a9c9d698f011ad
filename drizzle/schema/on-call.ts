import { boolean, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { users } from './auth.ts'
import { id, instant, madeAt } from './columns.ts'
import { targets } from './targets.ts'

/** Who is on call, one after the other. */
export const rotations = pgTable('rotations', {
  id: id(),
  name: text().notNull(),
  timeZone: text().notNull(),
  /** The first handover; the others follow every `shiftDays` at the same local time. */
  startsAt: instant().notNull(),
  shiftDays: integer().notNull(),
  /** Ids of people in their order. */
  members: uuid().array().notNull(),
  createdAt: madeAt(),
  createdBy: text().notNull(),
  removedAt: instant(),
})

/** Somebody stands in for whoever is on call. The newest of two that overlap counts. */
export const rotationOverrides = pgTable(
  'rotation_overrides',
  {
    id: id(),
    rotationId: uuid()
      .notNull()
      .references(() => rotations.id),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    startsAt: instant().notNull(),
    endsAt: instant().notNull(),
    createdAt: madeAt(),
    createdBy: text().notNull(),
    removedAt: instant(),
  },
  (table) => [index('rotation_overrides_rotation_id_ends_at_idx').on(table.rotationId, table.endsAt)],
)

/** Which alerts are told to whom, and to whom next while nobody acknowledges: the first route that matches counts. */
export const alertRoutes = pgTable('alert_routes', {
  id: id(),
  name: text().notNull(),
  position: integer().notNull(),
  /** { targetIds?, environments?, fingerprints?: prefixes, minimumSeverity }: all given must hold. */
  match: jsonb().notNull(),
  /** [{ afterMinutes, channelIds, rotationIds }] in their order. */
  steps: jsonb().notNull(),
  /** After the last step the chain begins again after so long, while nobody acknowledges. Null: it does not. */
  repeatMinutes: integer(),
  tellsResolved: boolean().notNull().default(true),
  createdAt: madeAt(),
  createdBy: text().notNull(),
  removedAt: instant(),
})

/** Alerts of these fingerprints tell nobody until then. They are raised, counted and shown all the same. */
export const silences = pgTable(
  'silences',
  {
    id: id(),
    /** Null: on every target. */
    targetId: uuid().references(() => targets.id),
    /** A fingerprint, or the beginning of one and `*`. */
    pattern: text().notNull(),
    reason: text().notNull(),
    startsAt: madeAt(),
    endsAt: instant().notNull(),
    createdBy: text().notNull(),
    endedAt: instant(),
    endedBy: text(),
  },
  (table) => [index('silences_ends_at_idx').on(table.endsAt)],
)

/** Announced work on a target: checks go on, nobody is paged. */
export const maintenanceWindows = pgTable(
  'maintenance_windows',
  {
    id: id(),
    /** Null: on every target. */
    targetId: uuid().references(() => targets.id),
    title: text().notNull(),
    startsAt: instant().notNull(),
    endsAt: instant().notNull(),
    /** A cron expression for its further beginnings, each as long as the first; null: once. */
    repeats: text(),
    timeZone: text().notNull(),
    /** Whether the public status page names it. */
    isPublic: boolean().notNull().default(false),
    createdAt: madeAt(),
    createdBy: text().notNull(),
    cancelledAt: instant(),
    cancelledBy: text(),
  },
  (table) => [index('maintenance_windows_ends_at_idx').on(table.endsAt)],
)
