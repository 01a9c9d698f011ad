import { and, eq, ne, sql } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { resolveAlertInput } from './input.ts'
import { getAlert } from './queries.ts'

/** Ends an alert by hand; new evidence of the same problem fires it again. Repeating it is refused. */
export const resolveAlert = defineVerb({
  action: 'alerts.resolve',
  input: resolveAlertInput,
  async act({ tx, actorText }, input) {
    const [alert] = await tx
      .update(alerts)
      .set({ status: 'resolved', resolvedAt: sql`now()`, resolvedBy: actorText })
      .where(and(eq(alerts.id, input.alertId), ne(alerts.status, 'resolved')))
      .returning()
    if (!alert) {
      const current = await getAlert(tx, input.alertId)
      return refuse('resolved-already', `“${current.title}” is resolved already.`)
    }
    await tx.insert(alertEvents).values({
      alertId: alert.id,
      kind: 'resolved',
      actor: actorText,
      note: input.note ?? 'Resolved by hand.',
    })
    return {
      value: { alertId: alert.id, status: alert.status },
      audit: {
        subject: `alert:${alert.id}`,
        reason: input.note ?? null,
        detail: { fingerprint: alert.fingerprint },
      },
      changed: ['alerts', 'incidents'],
    }
  },
})
