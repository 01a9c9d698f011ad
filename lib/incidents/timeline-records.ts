import {
  and,
  asc,
  between,
  desc,
  eq,
  inArray,
  isNotNull,
  like,
  notInArray,
  notLike,
  or,
  sql,
} from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { deployments } from '#drizzle/schema/deployments.ts'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { healthLog } from '#drizzle/schema/health.ts'
import { incidentEvents } from '#drizzle/schema/incidents.ts'
import { operationEvents, operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { assembleTimeline, type TimelineRecords } from './timeline.ts'
import type { Incident, TimelineEntry } from './types.ts'

const hourMs = 3_600_000
const longestWindowMs = 14 * 24 * hourMs
const mostOfEach = 1_000
/** Checks run every minute; their turns are told for the first days, which a window function can read at once. */
const longestHealthMs = 2 * 24 * hourMs

/** Everything that happened around an incident, oldest first. */
export async function getIncidentTimeline(db: DbOrTx, incident: Incident): Promise<TimelineEntry[]> {
  return assembleTimeline(await readRecords(db, incident))
}

interface Window {
  from: Date
  until: Date
}

/** From just before it began to just after it was over; a long one is read up to two weeks. */
function windowOf(incident: Incident): Window {
  const from = new Date(incident.beganAt.getTime() - 60_000)
  const over = incident.closedAt ?? incident.resolvedAt
  const until = over ? over.getTime() + 60_000 : Number.POSITIVE_INFINITY
  return { from, until: new Date(Math.min(until, from.getTime() + longestWindowMs)) }
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
  const shared = { targetName: incident.targetName, incidentEvents: own, alertEvents: told }
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
    }
  }
  const targetId = incident.targetId
  return {
    ...shared,
    guardEvents: await db
      .select()
      .from(guardEvents)
      .where(and(eq(guardEvents.targetId, targetId), between(guardEvents.at, window.from, window.until)))
      .orderBy(asc(guardEvents.at))
      .limit(mostOfEach),
    healthTurns: await listHealthTurns(db, targetId, window),
    ...(await listCopies(db, targetId, window)),
    ...(await listActs(db, incident, targetId, window)),
    deployments: await listDeployments(db, targetId, window),
  }
}

async function listHealthTurns(db: DbOrTx, targetId: string, window: Window) {
  const before = new Date(window.from.getTime() - hourMs)
  const until = new Date(Math.min(window.until.getTime(), window.from.getTime() + longestHealthMs))
  const turns = db
    .select({
      id: healthLog.id,
      at: healthLog.checkedAt,
      title: healthLog.title,
      status: healthLog.status,
      severity: healthLog.severity,
      details: healthLog.details,
      before: sql<
        string | null
      >`lag(${healthLog.status}) over (partition by ${healthLog.check} order by ${healthLog.checkedAt})`.as(
        'before',
      ),
    })
    .from(healthLog)
    .where(and(eq(healthLog.targetId, targetId), between(healthLog.checkedAt, before, until)))
    .as('turns')
  const rows = await db
    .select()
    .from(turns)
    .where(and(sql`${turns.before} <> ${turns.status}`, between(turns.at, window.from, until)))
    .orderBy(asc(turns.at))
    .limit(mostOfEach)
  return rows.map((row) => ({ ...row, before: row.before ?? '' }))
}

async function listCopies(db: DbOrTx, targetId: string, window: Window) {
  const taken = await db
    .select()
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        inArray(backups.status, ['good', 'suspicious', 'failed']),
        between(backups.finishedAt, window.from, window.until),
      ),
    )
    .orderBy(asc(backups.finishedAt))
    .limit(mostOfEach)
  const drilled = await db
    .select()
    .from(drills)
    .where(and(eq(drills.targetId, targetId), between(drills.finishedAt, window.from, window.until)))
    .orderBy(asc(drills.finishedAt))
    .limit(mostOfEach)
  return {
    backups: taken.map((row) => ({ ...row, finishedAt: row.finishedAt! })),
    drills: drilled.map((row) => ({ ...row, finishedAt: row.finishedAt! })),
  }
}

/** Guarded acts of this incident or on its target, and what was refused of them. */
async function listActs(db: DbOrTx, incident: Incident, targetId: string, window: Window) {
  const acts = await db
    .select({ id: operations.id })
    .from(operations)
    .where(
      or(
        eq(operations.incidentId, incident.id),
        and(eq(operations.targetId, targetId), between(operations.createdAt, window.from, window.until)),
      ),
    )
    .limit(200)
  const ids = acts.map((act) => act.id)
  const events =
    ids.length === 0
      ? []
      : await db
          .select({
            id: operationEvents.id,
            at: operationEvents.at,
            operationId: operationEvents.operationId,
            operationKind: operations.kind,
            status: operationEvents.status,
            actor: operationEvents.actor,
            note: operationEvents.note,
          })
          .from(operationEvents)
          .innerJoin(operations, eq(operations.id, operationEvents.operationId))
          .where(inArray(operationEvents.operationId, ids))
          .orderBy(asc(operationEvents.at))
          .limit(mostOfEach)
  const input = sql`${auditEntries.detail} -> 'input'`
  const refusals = await db
    .select()
    .from(auditEntries)
    .where(
      and(
        between(auditEntries.at, window.from, window.until),
        eq(auditEntries.outcome, 'refused'),
        // A schedule that was refused is no part of the story; people and pipelines are.
        notLike(auditEntries.actor, 'worker:%'),
        or(
          incident.targetName ? sql`${input} ->> 'target' = ${incident.targetName}` : undefined,
          sql`${input} ->> 'incidentId' = ${incident.id}`,
          sql`${input} ->> 'targetId' = ${targetId}`,
          ids.length > 0 ? inArray(sql`${input} ->> 'operationId'`, ids) : undefined,
          ids.length > 0
            ? and(like(auditEntries.action, 'operations.%'), inArray(sql`${input} ->> 'id'`, ids))
            : undefined,
        ),
      ),
    )
    .orderBy(asc(auditEntries.seq))
    .limit(mostOfEach)
  return { operationEvents: events, refusals }
}

/** Those of the time, and the last one before it: a change shipped just before is the first thing people look for. */
async function listDeployments(db: DbOrTx, targetId: string, window: Window) {
  const at = sql`coalesce(${deployments.finishedAt}, ${deployments.createdAt})`.mapWith(deployments.createdAt)
  const columns = {
    id: deployments.id,
    number: sql`${deployments.number}`.mapWith(Number),
    at,
    title: deployments.title,
    status: deployments.status,
    verdict: deployments.verdict,
    requestedBy: deployments.requestedBy,
  }
  const during = await db
    .select(columns)
    .from(deployments)
    .where(and(eq(deployments.targetId, targetId), between(deployments.createdAt, window.from, window.until)))
    .orderBy(asc(deployments.createdAt))
    .limit(mostOfEach)
  const ids = during.map((row) => row.id)
  const last = await db
    .select(columns)
    .from(deployments)
    .where(
      and(
        eq(deployments.targetId, targetId),
        isNotNull(deployments.finishedAt),
        between(deployments.createdAt, new Date(window.from.getTime() - 24 * hourMs), window.from),
        ids.length > 0 ? notInArray(deployments.id, ids) : undefined,
      ),
    )
    .orderBy(desc(deployments.createdAt))
    .limit(1)
  return [...last, ...during]
}
