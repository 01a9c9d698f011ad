import { sql } from 'drizzle-orm'
import { index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'
import { incidents } from './incidents.ts'
import { targets } from './targets.ts'

export const alerts = pgTable(
  'alerts',
  {
    id: id(),
    targetId: uuid().references(() => targets.id),
    /** One problem, one fingerprint: `health:<check>`, `guard:blocked:<table>`, `backup:overdue`, … */
    fingerprint: text().notNull(),
    title: text().notNull(),
    details: text().notNull(),
    remedy: text(),
    severity: text({ enum: ['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY'] }).notNull(),
    status: text({ enum: ['firing', 'acknowledged', 'silenced', 'resolved'] })
      .notNull()
      .default('firing'),
    firstSeenAt: madeAt(),
    lastSeenAt: madeAt(),
    occurrences: integer().notNull().default(1),
    acknowledgedAt: instant(),
    acknowledgedBy: text(),
    silencedUntil: instant(),
    resolvedAt: instant(),
    resolvedBy: text(),
    incidentId: uuid().references(() => incidents.id),
    /** While it comes and goes: since when that is damped, so that each turn is counted and only the first is told. */
    flappingSince: instant(),
    /** While damped: since when the problem has been gone; null while it is there. */
    absentSince: instant(),
    /** How often it turned within the window that damping looks at, and when that window began. */
    turns: integer().notNull().default(0),
    turnsSince: madeAt(),
    /** The route that told of it, its last step done, and when the next one is due; null when nothing more is. */
    routeId: uuid(),
    step: integer().notNull().default(0),
    nextStepAt: instant(),
    /** How often it was told anew: part of the key that keeps one message from going out twice. */
    round: integer().notNull().default(0),
  },
  (table) => [
    uniqueIndex('alerts_target_id_fingerprint_idx')
      .on(sql`coalesce(${table.targetId}, '00000000-0000-0000-0000-000000000000'::uuid)`, table.fingerprint)
      .where(sql`${table.status} <> 'resolved'`),
    index('alerts_status_last_seen_at_idx').on(table.status, table.lastSeenAt),
    index('alerts_incident_id_idx').on(table.incidentId),
    index('alerts_next_step_at_idx').on(table.nextStepAt).where(sql`${table.nextStepAt} is not null`),
  ],
)

export const alertEvents = pgTable(
  'alert_events',
  {
    id: id(),
    alertId: uuid()
      .notNull()
      .references(() => alerts.id),
    at: madeAt(),
    kind: text({
      enum: [
        'fired',
        'worsened',
        'acknowledged',
        'silenced',
        'resolved',
        'reopened',
        'flapping',
        'told',
        'held',
      ],
    }).notNull(),
    actor: text().notNull(),
    note: text().notNull(),
  },
  (table) => [index('alert_events_alert_id_at_idx').on(table.alertId, table.at)],
)
