import { sql } from 'drizzle-orm'
import { workerHeartbeats } from '#drizzle/schema/jobs.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** A worker says that it lives every five seconds, while its rounds and schedules really go. */
export const aliveForSeconds = 20

export interface WorkerState {
  /** `dead`: requested work is not done, schedules are not kept, nothing is checked and nothing is told. */
  state: 'alive' | 'dead'
  workers: number
  /** When one was seen last; null when none was within a day, or the last one ended as it should. */
  lastSeenAt: Date | null
}

/** Whether anybody does the work, by the database's clock. */
export async function findWorkerState(db: DbOrTx): Promise<WorkerState> {
  const [row] = await db
    .select({
      workers: sql<number>`(count(*) filter (where ${workerHeartbeats.seenAt} > now() - make_interval(secs => ${aliveForSeconds})))::integer`,
      lastSeenAt: sql<Date | null>`max(${workerHeartbeats.seenAt})`.mapWith((at: string) => new Date(at)),
    })
    .from(workerHeartbeats)
  const workers = row?.workers ?? 0
  return { state: workers > 0 ? 'alive' : 'dead', workers, lastSeenAt: row?.lastSeenAt ?? null }
}
