import type { Ctx } from '#lib/context.ts'
import { openDedicatedConnection } from '#lib/db/dedicated-connection.ts'
import { messageOf } from '#lib/errors.ts'
import { logTiers } from '#lib/health/log-tiers.ts'
import { log } from '#lib/log.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const partitionsToDropSql = loadSql(new URL('./sql/list_partitions_to_drop.sql', import.meta.url))

/** Whoever reads a table for longer than this has it until the next round: nobody else queues up behind the drop. */
const lockTimeoutMs = 1_000

/**
 * Takes away what the health log has kept long enough, a whole partition at a time, and says which. Neither readers nor
 * writers of the log wait for it. Safe to repeat: what an interrupted round left half-way is finished by the next.
 */
export async function dropOldLog({ db }: Pick<Ctx, 'db'>): Promise<string[]> {
  // Detaching concurrently is refused in a transaction, and the short wait for locks is for this work only.
  const connection = openDedicatedConnection(db, 'holdfast:retention')
  const dropped: string[] = []
  try {
    await connection.unsafe(`set lock_timeout = ${lockTimeoutMs}`)
    const old = await connection.unsafe<{ name: string; detach: string | null; drop: string }[]>(
      partitionsToDropSql,
      [JSON.stringify(logTiers)],
    )
    for (const { name, detach, drop } of old) {
      try {
        if (detach) await connection.unsafe(detach)
        await connection.unsafe(drop)
        dropped.push(name)
      } catch (error) {
        log.info(
          { partition: name, error: messageOf(error) },
          'an old part of the health log is still in use',
        )
      }
    }
  } finally {
    await connection.end({ timeout: 1 })
  }
  return dropped
}
