import { sql } from 'drizzle-orm'
import type { DbOrTx } from '#lib/db/client.ts'

/** The NOTIFY channel that the web processes listen to. */
export const changesChannel = 'holdfast_changes'

/** What a page can be about. A read names its topics; a change of one of them makes open pages read again. */
export const topics = [
  'targets',
  'health',
  'alerts',
  'incidents',
  'guards',
  'backups',
  'drills',
  'stores',
  'operations',
  'recovery',
  'drift',
  'performance',
  'deployments',
  'channels',
  'on-call',
  'status',
  'jobs',
  'audit',
  'users',
] as const

export type Topic = (typeof topics)[number]

/**
 * Tells open pages that something of these topics changed, when the transaction commits.
 * NOTIFY takes a global lock at commit, so call it once per change of state, not per row.
 */
export async function announceChanges(db: DbOrTx, changed: readonly Topic[]): Promise<void> {
  if (changed.length === 0) return
  await db.execute(sql`select pg_notify(${changesChannel}, ${[...new Set(changed)].join(',')})`)
}
