import type { DbOrTx } from '#lib/db/client.ts'
import { findOpenIncident, getIncident } from '#lib/incidents/queries.ts'

const dayMs = 86_400_000

/**
 * From when on what is gone counts as lost: what a person said, else a day before the incident began, else a week ago. What
 * was gone before was somebody's decision, and has to be asked for.
 */
export async function findLossBeginning(
  db: DbOrTx,
  of: { targetId: string; incidentId?: string | null; since: string | null; until: Date },
): Promise<Date> {
  if (of.since) return new Date(of.since)
  const incident = of.incidentId
    ? await getIncident(db, of.incidentId)
    : await findOpenIncident(db, of.targetId)
  return new Date(incident ? incident.beganAt.getTime() - dayMs : of.until.getTime() - 7 * dayMs)
}
