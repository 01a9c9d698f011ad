import { eq } from 'drizzle-orm'
import { incidents } from '#drizzle/schema/incidents.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { findLastGoodState } from './find-last-good-state.ts'
import type { LastGoodState } from './types.ts'

/** Evidence that is new is looked at after so long; an earlier beginning at once. */
const freshMs = 5 * 60_000

interface Kept {
  id: string
  targetId: string | null
  beganAt: Date
  lastGoodState: unknown
}

/**
 * Finds the last good state of an incident's target anew and keeps it with the incident, unless what is kept is of the same
 * beginning and minutes old. Gives what is kept now. Safe to repeat.
 */
export async function keepLastGoodState(
  db: DbOrTx,
  incident: Kept,
  now: Date,
): Promise<LastGoodState | null> {
  const kept = incident.lastGoodState as LastGoodState | null
  if (!incident.targetId) return kept
  const isFresh =
    kept !== null &&
    kept.lossAt === incident.beganAt.toISOString() &&
    now.getTime() - Date.parse(kept.computedAt) < freshMs
  if (isFresh) return kept
  const found = await findLastGoodState(db, incident.targetId, incident.beganAt, now)
  await db.update(incidents).set({ lastGoodState: found }).where(eq(incidents.id, incident.id))
  return found
}
