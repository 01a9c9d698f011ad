import { and, desc, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import { targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'
import { isUuid } from '#lib/sql/uuid.ts'
import type { ResolvedAlert } from './transitions.ts'

/** The newest resolved alert of each of these fingerprints. */
export async function listLastResolved(
  db: DbOrTx,
  targetId: string | null,
  fingerprints: string[],
): Promise<ResolvedAlert[]> {
  if (fingerprints.length === 0) return []
  const rows = await db
    .selectDistinctOn([alerts.fingerprint])
    .from(alerts)
    .where(
      and(
        targetId === null ? isNull(alerts.targetId) : eq(alerts.targetId, targetId),
        eq(alerts.status, 'resolved'),
        inArray(alerts.fingerprint, fingerprints),
      ),
    )
    .orderBy(alerts.fingerprint, desc(alerts.lastSeenAt))
  return rows.map((row) => ({
    id: row.id,
    fingerprint: row.fingerprint,
    lastSeenAt: row.lastSeenAt,
    resolvedAt: row.resolvedAt ?? row.lastSeenAt,
    turns: row.turns,
    turnsSince: row.turnsSince,
    flappingSince: row.flappingSince,
    absentSince: row.absentSince,
  }))
}

export type Alert = typeof alerts.$inferSelect & {
  targetName: string | null
  incidentNumber: number | null
}

/** Open alerts first (worst, then newest), then those resolved, newest first. */
export async function listAlerts(
  db: DbOrTx,
  filter: { targetId?: string | undefined; openOnly?: boolean | undefined; limit?: number | undefined } = {},
): Promise<Alert[]> {
  const rows = await db
    .select({ alert: alerts, targetName: targets.name, incidentNumber: incidents.number })
    .from(alerts)
    .leftJoin(targets, eq(targets.id, alerts.targetId))
    .leftJoin(incidents, eq(incidents.id, alerts.incidentId))
    .where(
      and(
        filter.targetId ? or(eq(alerts.targetId, filter.targetId), isNull(alerts.targetId)) : undefined,
        filter.openOnly ? ne(alerts.status, 'resolved') : undefined,
      ),
    )
    .orderBy(
      sql`array_position(array['firing', 'acknowledged', 'silenced', 'resolved'], ${alerts.status})`,
      // Of what is over, the newest matters, not the worst.
      sql`case when ${alerts.status} <> 'resolved'
        then array_position(array['EMERGENCY', 'CRITICAL', 'WARNING', 'INFO'], ${alerts.severity}) end`,
      desc(sql`coalesce(${alerts.resolvedAt}, ${alerts.lastSeenAt})`),
    )
    .limit(filter.limit ?? 200)
  return rows.map(({ alert, targetName, incidentNumber }) => ({ ...alert, targetName, incidentNumber }))
}

/** The alert with this id. Throws AppError `alert-not-found`. */
export async function getAlert(db: DbOrTx, alertId: string): Promise<typeof alerts.$inferSelect> {
  const [row] = await db.select().from(alerts).where(eq(alerts.id, alertId))
  if (!row) throw notFound('alert', alertId, 'List them with: holdfast alerts list')
  return row
}

/** The alert with this id, with the names of what it belongs to. Throws AppError `alert-not-found`. */
export async function getShownAlert(db: DbOrTx, alertId: string): Promise<Alert> {
  if (!isUuid(alertId)) throw notFound('alert', alertId, 'List them with: holdfast alerts list')
  const [row] = await db
    .select({ alert: alerts, targetName: targets.name, incidentNumber: incidents.number })
    .from(alerts)
    .leftJoin(targets, eq(targets.id, alerts.targetId))
    .leftJoin(incidents, eq(incidents.id, alerts.incidentId))
    .where(eq(alerts.id, alertId))
  if (!row) throw notFound('alert', alertId, 'List them with: holdfast alerts list')
  return { ...row.alert, targetName: row.targetName, incidentNumber: row.incidentNumber }
}

/** Earlier alerts of the same problem on the same target, the newest first. */
export const listEarlier = (
  db: DbOrTx,
  alert: { id: string; targetId: string | null; fingerprint: string },
  limit = 20,
): Promise<(typeof alerts.$inferSelect)[]> =>
  db
    .select()
    .from(alerts)
    .where(
      and(
        ne(alerts.id, alert.id),
        alert.targetId === null ? isNull(alerts.targetId) : eq(alerts.targetId, alert.targetId),
        eq(alerts.fingerprint, alert.fingerprint),
      ),
    )
    .orderBy(desc(alerts.firstSeenAt))
    .limit(limit)

export type AlertEvent = typeof alertEvents.$inferSelect

/** Every transition of these alerts, oldest first. */
export async function listAlertEvents(db: DbOrTx, alertIds: string[]): Promise<AlertEvent[]> {
  if (alertIds.length === 0) return []
  return db
    .select()
    .from(alertEvents)
    .where(inArray(alertEvents.alertId, alertIds))
    .orderBy(alertEvents.at, alertEvents.id)
    .limit(2_000)
}
