import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { findWorkerState, type WorkerState } from '#lib/jobs/find-worker-state.ts'
import { evaluateHoldfast } from './evaluate-holdfast.ts'
import { evaluateUnattended } from './evaluate-unattended.ts'

/** How often a process that is no worker looks whether one lives. A dead one is told of at the second look. */
export const lookEveryMs = 10_000

/** One that is only being started again is not told of. */
const looksBeforeTelling = 2

/** Evaluating all targets takes the place of a round that a worker does. */
const unattendedEveryMs = 60_000

export interface WorkerWatch {
  /** Looks once; tells open pages when it turned, and raises or clears the alert. Safe to repeat. */
  look(): Promise<WorkerState>
}

/**
 * A process other than the worker that notices when no worker lives, or the ones that do stand still: it raises the alert about
 * it and, as long as that lasts, evaluates the targets' alerts too. Any number of processes may watch at once.
 */
export function openWorkerWatch(ctx: Ctx, clock: () => number = () => performance.now()): WorkerWatch {
  let deadLooks = 0
  let unattendedAt = Number.NEGATIVE_INFINITY
  return {
    async look() {
      const seen = await findWorkerState(ctx.db)
      const wasDead = deadLooks > 0
      deadLooks = seen.state === 'dead' ? deadLooks + 1 : 0
      if (deadLooks > 0 !== wasDead) await announceChanges(ctx.db, ['jobs'])
      if (deadLooks >= looksBeforeTelling) {
        await evaluateHoldfast(ctx)
        if (clock() - unattendedAt >= unattendedEveryMs) {
          unattendedAt = clock()
          await evaluateUnattended(ctx)
        }
      } else if (wasDead && deadLooks === 0) {
        unattendedAt = Number.NEGATIVE_INFINITY
        await evaluateHoldfast(ctx)
      }
      return seen
    },
  }
}
