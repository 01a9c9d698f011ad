import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { users } from './auth.ts'
import { id, instant, madeAt } from './columns.ts'
import { targets } from './targets.ts'

export const incidents = pgTable(
  'incidents',
  {
    id: id(),
    number: integer().generatedAlwaysAsIdentity(),
    title: text().notNull(),
    /** Which runbook it has (lib/incidents/runbooks). */
    kind: text({
      enum: [
        'data-loss',
        'locked-out',
        'backups',
        'guards',
        'database',
        'deployment',
        'drift',
        'performance',
        'holdfast',
        'other',
      ],
    })
      .notNull()
      .default('other'),
    severity: text({ enum: ['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY'] }).notNull(),
    status: text({ enum: ['open', 'investigating', 'stable', 'resolved', 'closed'] })
      .notNull()
      .default('open'),
    targetId: uuid().references(() => targets.id),
    commanderId: uuid().references(() => users.id),
    /** Who works on it; of a critical one whoever is on call when it opens. */
    assigneeId: uuid().references(() => users.id),
    openedAt: madeAt(),
    openedBy: text().notNull(),
    /** When the trouble began, as far as the evidence tells; the timeline starts here. */
    beganAt: instant().notNull(),
    acknowledgedAt: instant(),
    stableAt: instant(),
    resolvedAt: instant(),
    closedAt: instant(),
    /** { at, backupId, evidence, … }: the newest moment that everything is known to have been well, and the proven backup nearest before. */
    lastGoodState: jsonb(),
    rowsLost: bigint({ mode: 'number' }),
    rowsRecovered: bigint({ mode: 'number' }),
    resolution: text(),
  },
  (table) => [
    index('incidents_target_id_opened_at_idx').on(table.targetId, table.openedAt),
    // One target has one open incident, which collects everything; this index is what two openers race for. Holdfast itself
    // counts as one target.
    uniqueIndex('incidents_target_id_idx')
      .on(sql`coalesce(${table.targetId}, '00000000-0000-0000-0000-000000000000'::uuid)`)
      .where(sql`${table.status} not in ('resolved', 'closed')`),
  ],
)

/** What people and the product say on an incident: notes and changes of state. All else on the timeline is read from its own record. */
export const incidentEvents = pgTable(
  'incident_events',
  {
    id: id(),
    incidentId: uuid()
      .notNull()
      .references(() => incidents.id),
    at: madeAt(),
    kind: text({
      enum: [
        'opened',
        'note',
        'status',
        'commander',
        'alert',
        'loss',
        'assignee',
        'severity',
        'runbook',
        'related',
      ],
    }).notNull(),
    actor: text().notNull(),
    body: text().notNull(),
    /** When a person says that it happened, where that is not when they wrote it. */
    happenedAt: instant(),
    /** The note that this one corrects. Both stay. */
    correctsId: uuid(),
  },
  (table) => [index('incident_events_incident_id_at_idx').on(table.incidentId, table.at)],
)

/** Entries of the timeline, whatever record they are read from, that people hold to be important. */
export const incidentPins = pgTable(
  'incident_pins',
  {
    incidentId: uuid()
      .notNull()
      .references(() => incidents.id),
    /** The entry's key, as the timeline gives it. */
    entryKey: text().notNull(),
    pinnedAt: madeAt(),
    pinnedBy: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.incidentId, table.entryKey] })],
)

/** Steps of an incident's runbook that people ticked off, where no record could say it by itself. */
export const incidentSteps = pgTable(
  'incident_steps',
  {
    incidentId: uuid()
      .notNull()
      .references(() => incidents.id),
    stepKey: text().notNull(),
    isDone: boolean().notNull(),
    note: text(),
    changedAt: madeAt(),
    changedBy: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.incidentId, table.stepKey] })],
)
