import { and, asc, eq, inArray, isNull, ne, notInArray, or, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { users } from '#drizzle/schema/auth.ts'
import { channels } from '#drizzle/schema/channels.ts'
import { schemaVersions } from '#drizzle/schema/health.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import { listRoutes } from '#lib/alerts/routes/queries.ts'
import { listSilences } from '#lib/alerts/silences/queries.ts'
import { findSilence } from '#lib/alerts/silences/silence-rule.ts'
import { listWindows } from '#lib/alerts/windows/queries.ts'
import { windowsInEffect } from '#lib/alerts/windows/window-rule.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { listOnCallNow } from '#lib/on-call/find-on-call.ts'
import { listRotations } from '#lib/on-call/queries.ts'
import type { OnCall } from '#lib/on-call/types.ts'
import type { AttentionFacts } from '#lib/overview/attention.ts'
import type { AttentionAlert, AttentionIncident, CalmEvidence } from '#lib/overview/types.ts'

/** More alerts than a person can take in are a flood; the page says how many more there are. */
const mostAlerts = 200

export interface AttentionRead {
  /** What fires and is neither silenced nor in a maintenance window. */
  alerts: AttentionAlert[]
  /** Of the target, and Holdfast's own. */
  incidents: AttentionIncident[]
  ownIncidentId: string | null
  failingChannels: AttentionFacts['failingChannels']
  emptyRotations: AttentionFacts['emptyRotations']
  schemaChanges: AttentionFacts['schemaChanges']
  evidence: Pick<CalmEvidence, 'onCall' | 'channels' | 'maintenance'>
  /** Whether alerts would be told to anybody. */
  tellsSomebody: boolean
}

/** What may need a person on a target, and what is known of who would be told. Bounded, whatever the number of alerts. */
export async function readAttention(db: DbOrTx, targetId: string, now: Date): Promise<AttentionRead> {
  const [firing, open, silences, windows, telling, routes, rotations, onCall, schema] = await Promise.all([
    listFiring(db, targetId),
    listOpen(db, targetId),
    listSilences(db),
    listWindows(db),
    listChannels(db),
    listRoutes(db),
    listRotations(db),
    listOnCallNow(db, now),
    findSchemaChanges(db, targetId),
  ])
  const [maintenance] = windowsInEffect(windows, targetId, now)
  const mayTell = (alert: AttentionAlert) =>
    !findSilence(silences, alert, now) && windowsInEffect(windows, alert.targetId, now).length === 0
  const paged = new Set(routes.flatMap(({ steps }) => steps.flatMap(({ rotationIds }) => rotationIds)))
  const manned = new Set(onCall.map(({ rotationId }) => rotationId))
  return {
    alerts: firing.filter(mayTell),
    incidents: open.map(({ targetId: _, ...incident }) => incident),
    ownIncidentId: open.find((incident) => incident.targetId === null)?.id ?? null,
    failingChannels: telling
      .filter(({ status }) => status === 'failing')
      .map(({ id, name, since, message }) => ({ id, name, since, message })),
    emptyRotations: rotations
      .filter(({ id }) => paged.has(id) && !manned.has(id))
      .map(({ id, name, createdAt }) => ({ id, name, since: createdAt })),
    schemaChanges: schema,
    evidence: {
      onCall: onCall.map(({ name, rotation, until }: OnCall) => ({ name, rotation, until })),
      channels: {
        working: telling.filter(({ status }) => status === 'working').length,
        total: telling.length,
      },
      maintenance: maintenance ? { title: maintenance.window.title, endsAt: maintenance.endsAt } : null,
    },
    tellsSomebody: telling.some(({ kind }) => kind !== 'heartbeat'),
  }
}

const ofTarget = (targetId: string) => or(eq(alerts.targetId, targetId), isNull(alerts.targetId))

const listFiring = (db: DbOrTx, targetId: string): Promise<AttentionAlert[]> =>
  db
    .select({
      id: alerts.id,
      targetId: alerts.targetId,
      fingerprint: alerts.fingerprint,
      title: alerts.title,
      details: alerts.details,
      severity: alerts.severity,
      firstSeenAt: alerts.firstSeenAt,
      incidentId: alerts.incidentId,
    })
    .from(alerts)
    .where(and(eq(alerts.status, 'firing'), ne(alerts.severity, 'INFO'), ofTarget(targetId)))
    .orderBy(
      sql`array_position(array['EMERGENCY', 'CRITICAL', 'WARNING'], ${alerts.severity})`,
      sql`${alerts.lastSeenAt} desc`,
    )
    .limit(mostAlerts)

/** The target's open incident, then Holdfast's own. */
const listOpen = (
  db: DbOrTx,
  targetId: string,
): Promise<(AttentionIncident & { targetId: string | null })[]> =>
  db
    .select({
      id: incidents.id,
      targetId: incidents.targetId,
      number: incidents.number,
      title: incidents.title,
      severity: incidents.severity,
      status: incidents.status,
      beganAt: incidents.beganAt,
      stableAt: incidents.stableAt,
      commander: users.name,
      rowsLost: incidents.rowsLost,
      rowsRecovered: incidents.rowsRecovered,
    })
    .from(incidents)
    .leftJoin(users, eq(users.id, incidents.commanderId))
    .where(
      and(
        notInArray(incidents.status, ['resolved', 'closed']),
        or(eq(incidents.targetId, targetId), isNull(incidents.targetId)),
      ),
    )
    .orderBy(sql`${incidents.targetId} is null`, asc(incidents.openedAt))
    .limit(2)

const listChannels = (db: DbOrTx) =>
  db
    .select({
      id: channels.id,
      name: channels.name,
      kind: channels.kind,
      status: channels.status,
      since: channels.statusAt,
      message: sql<string | null>`${channels.error} ->> 'message'`,
    })
    .from(channels)
    .where(isNull(channels.removedAt))
    .orderBy(asc(channels.name))
    .limit(100)

async function findSchemaChanges(
  db: DbOrTx,
  targetId: string,
): Promise<{ count: number; since: Date } | null> {
  const [found] = await db
    .select({
      count: sql<number>`count(*)`.mapWith(Number),
      since: sql<Date | null>`min(${schemaVersions.seenAt})`.mapWith(schemaVersions.seenAt),
    })
    .from(schemaVersions)
    .where(and(eq(schemaVersions.targetId, targetId), inArray(schemaVersions.status, ['unexplained'])))
  return found && found.count > 0 && found.since ? { count: found.count, since: found.since } : null
}
