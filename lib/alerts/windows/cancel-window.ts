import { and, eq, isNull, sql } from 'drizzle-orm'
import { maintenanceWindows } from '#drizzle/schema/on-call.ts'
import { cancelWindowInput } from '#lib/alerts/input.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { getWindow } from './queries.ts'

/**
 * Ends a maintenance window, and all its repetitions, now. What it held and is still there is told within seconds.
 * Repeating it is refused.
 */
export const cancelWindow = defineVerb({
  action: 'alerts.cancel-window',
  input: cancelWindowInput,
  async act({ tx, actorText }, { windowId }) {
    const [cancelled] = await tx
      .update(maintenanceWindows)
      .set({ cancelledAt: sql`now()`, cancelledBy: actorText })
      .where(and(eq(maintenanceWindows.id, windowId), isNull(maintenanceWindows.cancelledAt)))
      .returning()
    if (!cancelled) {
      const { title } = await getWindow(tx, windowId)
      return refuse('window-cancelled', `“${title}” was cancelled already.`)
    }
    return {
      value: { windowId, title: cancelled.title, cancelledAt: cancelled.cancelledAt! },
      audit: { subject: `window:${windowId}`, target: null, detail: { title: cancelled.title } },
      changed: ['alerts', 'on-call', 'status'],
    }
  },
})
