import { desc, eq } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { incidentPins } from '#drizzle/schema/incidents.ts'
import { operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { accessBackAt, readClocks } from './clocks.ts'
import { measureLoss, measureRecovered, sumLoss, writtenRowsOf } from './measure-loss.ts'
import type { ToldOperation } from './postmortem/types.ts'
import { writePostmortem } from './postmortem/write-postmortem.ts'
import { listRelated } from './related/list-related.ts'
import { planRunbook } from './runbooks/plan-runbook.ts'
import { readRunbookFacts } from './runbooks/read-facts.ts'
import { foldEntries } from './timeline/fold-entries.ts'
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

/** Everything that the page and the postmortem of an incident tell, read once. Only reads. */
export async function readIncident(db: DbOrTx, incident: Incident, now: Date) {
  const [timeline, operations, losses, recovered, related, pinned] = await Promise.all([
    getIncidentTimeline(db, incident),
    listIncidentOperations(db, incident.id),
    listLosses(db, incident),
    measureRecovered(db, incident.id),
    listRelated(db, incident),
    listPins(db, incident.id),
  ])
  const counted: Incident = {
    ...incident,
    rowsLost: incident.rowsLost ?? sumLoss(losses),
    rowsRecovered: recovered ?? incident.rowsRecovered,
  }
  const keys = new Set(pinned.map(({ entryKey }) => entryKey))
  const facts = await readRunbookFacts(db, counted, { timeline, operations, losses })
  return {
    incident: counted,
    clocks: readClocks(counted, now, accessBackAt(operations)),
    timeline: foldEntries(timeline, keys),
    pinned: keys,
    operations,
    losses,
    related,
    runbook: planRunbook(facts),
  }
}

const listPins = (db: DbOrTx, incidentId: string) =>
  db
    .select({ entryKey: incidentPins.entryKey })
    .from(incidentPins)
    .where(eq(incidentPins.incidentId, incidentId))

/** The postmortem of an incident as Markdown, from everything that is recorded about it. Only reads. */
export async function exportPostmortem(db: DbOrTx, incident: Incident, now: Date): Promise<string> {
  const policy = incident.targetId ? (await getPolicy(db, incident.targetId)).document : null
  const read = await readIncident(db, incident, now)
  return writePostmortem({
    ...read,
    operations: read.operations.toReversed(),
    timeZone: policy?.timeZone ?? 'UTC',
    writtenAt: now,
  })
}
