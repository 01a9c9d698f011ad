import { and, eq, ne, sql } from 'drizzle-orm'
import { targets } from '#drizzle/schema/targets.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** Keeps whether the target answered. `statusAt` moves only when the answer changed: it says since when. */
export async function recordReach(db: DbOrTx, targetId: string, reached: boolean): Promise<void> {
  const status = reached ? 'reachable' : 'unreachable'
  const changed = await db
    .update(targets)
    .set({ status, statusAt: sql`now()` })
    .where(
      and(
        eq(targets.id, targetId),
        ne(targets.status, status),
        // Nobody tried: there is nothing to try with.
        reached ? undefined : ne(targets.status, 'needs-credentials'),
      ),
    )
    .returning({ id: targets.id })
  if (changed.length > 0) await announceChanges(db, ['targets'])
}
