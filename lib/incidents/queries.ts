import { and, desc, eq, isNull, notInArray, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { users } from '#drizzle/schema/auth.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import { targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'
import { isUuid } from '#lib/sql/uuid.ts'
import type { LastGoodState } from './last-good-state/types.ts'
import type { Incident, IncidentKind, Severity } from './types.ts'

const listHint = 'List them with: holdfast incidents list'

const assignees = alias(users, 'assignees')

const columns = {
  id: incidents.id,
  number: sql<number>`${incidents.number}`.mapWith(Number),
  title: incidents.title,
  kind: incidents.kind,
  severity: incidents.severity,
  status: incidents.status,
  targetId: incidents.targetId,
  targetName: targets.name,
  environment: targets.environment,
  commander: users.email,
  assignee: assignees.email,
  openedAt: incidents.openedAt,
  openedBy: incidents.openedBy,
  beganAt: incidents.beganAt,
  acknowledgedAt: incidents.acknowledgedAt,
  stableAt: incidents.stableAt,
  resolvedAt: incidents.resolvedAt,
  closedAt: incidents.closedAt,
  rowsLost: incidents.rowsLost,
  rowsRecovered: incidents.rowsRecovered,
  lastGoodState: sql<LastGoodState | null>`${incidents.lastGoodState}`,
  resolution: incidents.resolution,
}

const from = (db: DbOrTx) =>
  db
    .select(columns)
    .from(incidents)
    .leftJoin(targets, eq(targets.id, incidents.targetId))
    .leftJoin(users, eq(users.id, incidents.commanderId))
    .leftJoin(assignees, eq(assignees.id, incidents.assigneeId))

export interface IncidentFilter {
  /** Null: those about Holdfast itself. */
  targetId?: string | null | undefined
  openOnly?: boolean | undefined
  kind?: IncidentKind | undefined
  severity?: Severity | undefined
  limit?: number | undefined
}

/** Incidents, the open ones first, then the newest. */
export function listIncidents(db: DbOrTx, filter: IncidentFilter = {}): Promise<Incident[]> {
  return from(db)
    .where(
      and(
        filter.targetId === undefined
          ? undefined
          : filter.targetId === null
            ? isNull(incidents.targetId)
            : eq(incidents.targetId, filter.targetId),
        filter.kind ? eq(incidents.kind, filter.kind) : undefined,
        filter.severity ? eq(incidents.severity, filter.severity) : undefined,
        filter.openOnly ? notInArray(incidents.status, ['resolved', 'closed']) : undefined,
      ),
    )
    .orderBy(sql`${incidents.status} in ('resolved', 'closed')`, desc(incidents.openedAt))
    .limit(filter.limit ?? 100)
}

/** The incident with this id. Throws AppError `incident-not-found`. */
export async function getIncident(db: DbOrTx, incidentId: string): Promise<Incident> {
  const [row] = await from(db).where(eq(incidents.id, incidentId))
  if (!row) throw notFound('incident', incidentId, listHint)
  return row
}

/** The incident with this number, as people write it: `12` or `#12`; or with this id. Throws AppError `incident-not-found`. */
export async function getIncidentByReference(db: DbOrTx, reference: string): Promise<Incident> {
  const number = /^#?(\d{1,9})$/.exec(reference.trim())?.[1]
  if (!number && !isUuid(reference)) throw notFound('incident', reference, listHint)
  const [row] = await from(db).where(
    number ? eq(incidents.number, Number(number)) : eq(incidents.id, reference),
  )
  if (!row) throw notFound('incident', reference, listHint)
  return row
}

/** The open incident of a target, or of Holdfast itself (null); null when there is none. There is never more than one. */
export async function findOpenIncident(db: DbOrTx, targetId: string | null): Promise<Incident | null> {
  const [row] = await listIncidents(db, { targetId, openOnly: true, limit: 1 })
  return row ?? null
}
