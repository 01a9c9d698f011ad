import { desc, eq } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { readClocks } from './clocks.ts'
import { measureLoss, measureRecovered, sumLoss, writtenRowsOf } from './measure-loss.ts'
import { type ToldOperation, writePostmortem } from './postmortem.ts'
import { getIncidentTimeline } from './timeline/get-timeline.ts'
import type { Incident } from './types.ts'

/** The guarded acts that were requested for an incident, newest first. */
export async function listIncidentOperations(
  db: DbOrTx,
  incidentId: string,
): Promise<(ToldOperation & { id: string })[]> {
  const rows = await db
    .select({ operation: operations, approvedBy: users.email })
    .from(operations)
    .leftJoin(users, eq(users.id, operations.approvedByUserId))
    .where(eq(operations.incidentId, incidentId))
    .orderBy(desc(operations.createdAt))
    .limit(200)
  return rows.map(({ operation, approvedBy }) => {
    const plan = operation.plan as { summary?: { sentence?: string; promisedRows?: number } } | null
    return {
      id: operation.id,
      kind: operation.kind,
      status: operation.status,
      sentence: plan?.summary?.sentence ?? null,
      reason: operation.reason,
      requestedBy: operation.requestedBy,
      approvedBy,
      fingerprint: operation.fingerprint,
      promisedRows: plan?.summary?.promisedRows ?? null,
      doneRows: writtenRowsOf(operation.result),
      finishedAt: operation.finishedAt,
    }
  })
}

/** What the incident lost by table, read now from the evidence; null when there is none. */
export const listLosses = (db: DbOrTx, incident: Incident) =>
  incident.targetId ? measureLoss(db, incident.targetId, incident.beganAt, incident.stableAt) : null

/** The postmortem of an incident as Markdown, from everything that is recorded about it. Only reads. */
export async function exportPostmortem(db: DbOrTx, incident: Incident, now: Date): Promise<string> {
  const policy = incident.targetId ? (await getPolicy(db, incident.targetId)).document : null
  const losses = await listLosses(db, incident)
  return writePostmortem({
    incident: {
      ...incident,
      rowsLost: incident.rowsLost ?? sumLoss(losses),
      rowsRecovered: incident.rowsRecovered ?? (await measureRecovered(db, incident.id)),
    },
    clocks: readClocks(incident, now),
    timeline: await getIncidentTimeline(db, incident),
    losses,
    operations: (await listIncidentOperations(db, incident.id)).reverse(),
    timeZone: policy?.timeZone ?? 'UTC',
    writtenAt: now,
  })
}
