import { and, asc, between, eq, sql } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { incidentEvents } from '#drizzle/schema/incidents.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Incident, TimelineEntry } from '#lib/incidents/types.ts'
import { assembleTimeline } from './assemble-timeline.ts'
import { listActs } from './list-acts.ts'
import { listCopies } from './list-copies.ts'
import { listDeployments } from './list-deployments.ts'
import { listHealthTurns } from './list-health-turns.ts'
import { listMessages } from './list-messages.ts'
import { listSchemaChanges } from './list-schema-changes.ts'
import type { TimelineRecords } from './records.ts'
import { mostGuardEvents, mostOfEach, type Window, windowOf } from './window.ts'

/** Everything that happened around an incident, oldest first. */
export async function getIncidentTimeline(db: DbOrTx, incident: Incident): Promise<TimelineEntry[]> {
  return assembleTimeline(await readRecords(db, incident))
}

async function readRecords(db: DbOrTx, incident: Incident): Promise<TimelineRecords> {
  const window = windowOf(incident)
  const own = await db
    .select()
    .from(incidentEvents)
    .where(eq(incidentEvents.incidentId, incident.id))
    .orderBy(asc(incidentEvents.at))
    .limit(mostOfEach)
  const told = await db
    .select({
      id: alertEvents.id,
      at: alertEvents.at,
      kind: alertEvents.kind,
      actor: alertEvents.actor,
      note: alertEvents.note,
      title: alerts.title,
    })
    .from(alertEvents)
    .innerJoin(alerts, eq(alerts.id, alertEvents.alertId))
    .where(eq(alerts.incidentId, incident.id))
    .orderBy(asc(alertEvents.at))
    .limit(mostOfEach)
  const shared = {
    targetName: incident.targetName,
    incidentEvents: own,
    alertEvents: told,
    deliveries: await listMessages(db, incident.id),
  }
  if (!incident.targetId) {
    return {
      ...shared,
      guardEvents: [],
      healthTurns: [],
      backups: [],
      drills: [],
      operationEvents: [],
      refusals: [],
      deployments: [],
      schemaVersions: [],
    }
  }
  const targetId = incident.targetId
  return {
    ...shared,
    guardEvents: await listGuardEvents(db, targetId, window),
    healthTurns: await listHealthTurns(db, targetId, window),
    ...(await listCopies(db, targetId, window)),
    ...(await listActs(db, incident, targetId, window)),
    deployments: await listDeployments(db, targetId, window),
    schemaVersions: await listSchemaChanges(db, targetId, window),
  }
}

/** A loop leaves thousands, which fold into a few lines; their statements are shortened before they travel. */
const listGuardEvents = (db: DbOrTx, targetId: string, window: Window) =>
  db
    .select({
      id: guardEvents.id,
      at: guardEvents.at,
      kind: guardEvents.kind,
      tableName: guardEvents.tableName,
      rows: guardEvents.rows,
      roleName: guardEvents.roleName,
      applicationName: guardEvents.applicationName,
      clientAddress: guardEvents.clientAddress,
      statement: sql<string | null>`left(${guardEvents.statement}, 600)`,
    })
    .from(guardEvents)
    .where(and(eq(guardEvents.targetId, targetId), between(guardEvents.at, window.from, window.until)))
    .orderBy(asc(guardEvents.at), asc(guardEvents.id))
    .limit(mostGuardEvents)
