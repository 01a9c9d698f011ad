import { sql } from 'drizzle-orm'
import { bigint, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { users } from './auth.ts'
import { id, instant, madeAt } from './columns.ts'
import { targets } from './targets.ts'

export const incidents = pgTable(
  'incidents',
  {
    id: id(),
    number: integer().generatedAlwaysAsIdentity(),
    title: text().notNull(),
    severity: text({ enum: ['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY'] }).notNull(),
    status: text({ enum: ['open', 'investigating', 'stable', 'resolved', 'closed'] })
      .notNull()
      .default('open'),
    targetId: uuid().references(() => targets.id),
    commanderId: uuid().references(() => users.id),
    openedAt: madeAt(),
    openedBy: text().notNull(),
    /** When the trouble began, as far as the evidence tells; the timeline starts here. */
    beganAt: instant().notNull(),
    acknowledgedAt: instant(),
    stableAt: instant(),
    resolvedAt: instant(),
    closedAt: instant(),
    rowsLost: bigint({ mode: 'number' }),
    rowsRecovered: bigint({ mode: 'number' }),
    resolution: text(),
  },
  (table) => [
    index('incidents_target_id_opened_at_idx').on(table.targetId, table.openedAt),
    // One target has one open incident, which collects everything; this index is what two openers race for.
    uniqueIndex('incidents_target_id_idx')
      .on(table.targetId)
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
    kind: text({ enum: ['opened', 'note', 'status', 'commander', 'alert', 'loss'] }).notNull(),
    actor: text().notNull(),
    body: text().notNull(),
  },
  (table) => [index('incident_events_incident_id_at_idx').on(table.incidentId, table.at)],
)
