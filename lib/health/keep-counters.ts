import { eq, sql } from 'drizzle-orm'
import { checkCounters } from '#drizzle/schema/counters.ts'
import type { Db, DbOrTx } from '#lib/db/client.ts'
import type { Counters, KeptCounters } from '#lib/health/types.ts'

/** Keeps what checks read, for the interval to their next run. Safe to repeat; an older reading never replaces a newer one. */
export async function keepCounters(
  db: Db,
  targetId: string,
  readAt: Date,
  counters: ReadonlyMap<string, Counters>,
): Promise<void> {
  if (counters.size === 0) return
  await db
    .insert(checkCounters)
    .values([...counters].map(([check, values]) => ({ targetId, check, readAt, counters: values })))
    .onConflictDoUpdate({
      target: [checkCounters.targetId, checkCounters.check],
      set: { readAt: sql`excluded.read_at`, counters: sql`excluded.counters` },
      setWhere: sql`${checkCounters.readAt} <= excluded.read_at`,
    })
}

/** By check: what its last run read. */
export async function readCounters(db: DbOrTx, targetId: string): Promise<Map<string, KeptCounters>> {
  const rows = await db.select().from(checkCounters).where(eq(checkCounters.targetId, targetId))
  return new Map(
    rows.map(({ check, readAt, counters }) => [check, { readAt, counters: counters as Counters }]),
  )
}
