import { and, eq, lt, sql } from 'drizzle-orm'
import { driftComparisons } from '#drizzle/schema/drift.ts'
import type { DbOrTx } from '#lib/db/client.ts'

const keptDays = 90

/** Removes a target's comparisons of before the time that pages look back to. Safe to repeat. */
export async function forgetComparisons(db: DbOrTx, targetId: string): Promise<void> {
  await db
    .delete(driftComparisons)
    .where(
      and(
        eq(driftComparisons.targetId, targetId),
        lt(driftComparisons.createdAt, sql`now() - make_interval(days => ${keptDays})`),
      ),
    )
}
