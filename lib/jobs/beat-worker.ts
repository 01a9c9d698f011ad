import { eq, lt, sql } from 'drizzle-orm'
import { workerHeartbeats } from '#drizzle/schema/jobs.ts'
import type { Db } from '#lib/db/client.ts'

/** Says that this worker lives and how much it does, and forgets workers unseen for a day. Safe to repeat. */
export async function beatWorker(db: Db, workerId: string, running: number): Promise<void> {
  await db
    .insert(workerHeartbeats)
    .values({ workerId, running })
    .onConflictDoUpdate({ target: workerHeartbeats.workerId, set: { seenAt: sql`now()`, running } })
  await db.delete(workerHeartbeats).where(lt(workerHeartbeats.seenAt, sql`now() - interval '1 day'`))
}

/** Says that this worker ended as it should. Safe to repeat. */
export async function forgetWorker(db: Db, workerId: string): Promise<void> {
  await db.delete(workerHeartbeats).where(eq(workerHeartbeats.workerId, workerId))
}
