import { and, asc, between, eq, inArray } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { mostOfEach, type Window } from './window.ts'

/** Backups and drills that ended within the window. */
export async function listCopies(db: DbOrTx, targetId: string, window: Window) {
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
