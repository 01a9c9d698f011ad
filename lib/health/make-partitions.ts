import { sql } from 'drizzle-orm'
import type { DbOrTx } from '#lib/db/client.ts'

/** Makes the partitions that hold this moment, where they are missing. Safe to repeat, from any number of writers. */
export async function makePartitions(db: DbOrTx, at: Date): Promise<void> {
  await db.execute(sql`select holdfast_make_log_partitions(${at.toISOString()}::timestamptz)`)
}

/** Makes the partitions of every day from then until the day after tomorrow. Safe to repeat. */
export async function makePartitionsSince(db: DbOrTx, since: Date): Promise<void> {
  await db.execute(sql`
    select holdfast_make_log_partitions(day)
    from generate_series(${since.toISOString()}::timestamptz, now() + interval '2 days', interval '1 day') day`)
}

/** Makes the partitions of the next days and of the next month ahead of need. Safe to repeat. */
export async function makePartitionsAhead(db: DbOrTx): Promise<void> {
  await db.execute(sql`
    select holdfast_make_log_partitions(moment)
    from unnest(array[now(), now() + interval '1 day', now() + interval '2 days', now() + interval '1 month']) moment`)
}
