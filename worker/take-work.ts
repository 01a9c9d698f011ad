import type { Ctx } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { listWaitingJobRuns } from '#lib/jobs/run-job.ts'
import { log } from '#lib/log.ts'
import { type Lane, lanes } from '#worker/lanes.ts'

export interface WorkTaking {
  /** Fills the free places with the oldest work that waits. Safe to call at any time, as often as one likes. */
  fill(): Promise<void>
  /** What this process works on. */
  running: ReadonlyMap<string, Promise<unknown>>
}

/**
 * Takes work as places come free. What waits stands in the control database, in the order of its request, and nowhere
 * else: a thousand waiting runs cost this process nothing, and are every worker's alike.
 */
export function makeWorkTaking(
  ctx: Ctx,
  ending: AbortSignal,
  run: (jobRunId: string) => Promise<unknown>,
): WorkTaking {
  const running = new Map<string, Promise<unknown>>()
  const taken = new Map<Lane, Set<string>>(lanes.map((lane) => [lane, new Set<string>()]))
  let filling: Promise<void> | null = null
  let again = false

  const start = (lane: Lane, id: string) => {
    const places = taken.get(lane)!
    places.add(id)
    const done = run(id)
      .catch((error) => log.warn({ jobRunId: id, error: messageOf(error) }, 'work was interrupted'))
      .finally(() => {
        places.delete(id)
        running.delete(id)
        void fill().catch(() => {})
      })
    running.set(id, done)
  }

  const fillOnce = async () => {
    for (const lane of lanes) {
      const free = lane.places - taken.get(lane)!.size
      if (free <= 0 || ending.aborted) continue
      const waiting = await listWaitingJobRuns(ctx, { ...lane, limit: free, except: [...running.keys()] })
      if (ending.aborted) return
      for (const id of waiting) if (!running.has(id)) start(lane, id)
    }
  }

  const fill = async (): Promise<void> => {
    again = true
    filling ??= (async () => {
      try {
        while (again && !ending.aborted) {
          again = false
          await fillOnce()
        }
      } finally {
        filling = null
      }
    })()
    await filling
  }

  return { fill, running }
}
