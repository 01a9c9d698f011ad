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
  },
  (table) => [
    uniqueIndex('alerts_target_id_fingerprint_idx')
      .on(table.targetId, table.fingerprint)
      .where(sql`${table.status} <> 'resolved'`),
    index('alerts_status_last_seen_at_idx').on(table.status, table.lastSeenAt),
    index('alerts_incident_id_idx').on(table.incidentId),
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
    kind: text({ enum: ['fired', 'worsened', 'acknowledged', 'silenced', 'resolved', 'reopened'] }).notNull(),
    actor: text().notNull(),
    note: text().notNull(),
  },
  (table) => [index('alert_events_alert_id_at_idx').on(table.alertId, table.at)],
)
