import { and, asc, between, eq, inArray, like, notLike, or, sql } from 'drizzle-orm'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { operationEvents, operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Incident } from '#lib/incidents/types.ts'
import { mostOfEach, type Window } from './window.ts'

/** Guarded acts of this incident or on its target, and what was refused of them. */
export async function listActs(db: DbOrTx, incident: Incident, targetId: string, window: Window) {
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
