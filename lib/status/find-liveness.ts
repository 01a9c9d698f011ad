import { sql } from 'drizzle-orm'
import type { Db } from '#lib/db/client.ts'
import { findWorkerState } from '#lib/jobs/find-worker-state.ts'

export interface Liveness {
  /** Whether the control database answered in time. */
  status: 'ok' | 'unavailable'
  /** Whether anybody does the work. Said, and not held against this process. */
  worker: 'alive' | 'dead' | 'unknown'
}

/** Whether the control database answers and a worker lives, said within `withinMs` also when the database hangs. */
export async function findLiveness(db: Db, withinMs: number): Promise<Liveness> {
  const asked = (async (): Promise<Liveness> => {
    await db.execute(sql`select 1`)
    const worker = await findWorkerState(db).then(
      ({ state }) => state,
      () => 'unknown' as const,
    )
    return { status: 'ok', worker }
  })().catch((): Liveness => ({ status: 'unavailable', worker: 'unknown' }))
  const late = Promise.withResolvers<Liveness>()
  const timer = setTimeout(() => late.resolve({ status: 'unavailable', worker: 'unknown' }), withinMs)
  try {
    return await Promise.race([asked, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
