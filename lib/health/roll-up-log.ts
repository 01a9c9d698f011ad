import type { Db } from '#lib/db/client.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const rollUpSql = loadSql(new URL('./sql/roll_up_log.sql', import.meta.url))

/**
 * Makes a target's rollups and turns anew from its log, from the day of `since` on: for findings that came into the log
 * by another way than a run. Safe to repeat.
 */
export async function rollUpLog(db: Db, targetId: string, since: Date): Promise<void> {
  await db.$client.unsafe(rollUpSql, [targetId, since.toISOString()])
}
