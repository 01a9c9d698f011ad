import type { Db } from '#lib/db/client.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const rollUpSql = loadSql(new URL('./sql/roll_up_log.sql', import.meta.url))

/**
 * Makes a target's rollups and turns anew from its log, from the day of `since` on: for findings that came into the log
 * by another way than a run. Safe to repeat.
 */
export async function rollUpLog(db: Db, targetId: string, since: Date): Promise<void> {
  await db.$client.begin(async (sql) => {
    // Millions of findings take minutes.
    await sql`set local statement_timeout = 0`
    // What was first seen is no longer so once the log reaches further back.
    await sql`
      delete from health_turns where target_id = ${targetId}
        and at >= date_trunc('day', ${since.toISOString()}::timestamptz, 'UTC')`
    await sql.unsafe(rollUpSql, [targetId, since.toISOString()])
  })
}
