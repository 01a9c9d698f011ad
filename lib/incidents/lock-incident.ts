import { eq } from 'drizzle-orm'
import { incidents } from '#drizzle/schema/incidents.ts'
import type { Tx } from '#lib/db/client.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import { getIncident } from './queries.ts'
import type { Incident } from './types.ts'

/** The incident, held until the transaction ends: of two people who change it at once the second sees what the first did. */
export async function lockIncident(tx: Tx, incidentId: string): Promise<Incident> {
  await tx.select({ id: incidents.id }).from(incidents).where(eq(incidents.id, incidentId)).for('update')
  return getIncident(tx, incidentId)
}

/** A closed incident is history: nothing is added to it. */
export const refuseClosed = ({ status, number }: Incident): { refusal: Refusal } | null =>
  status === 'closed' ? refuse('incident-closed', `Incident #${number} is closed.`, 'Open a new one.') : null
