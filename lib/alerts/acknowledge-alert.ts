import { and, eq, inArray, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { acknowledgeAlertInput } from './input.ts'
import { getAlert } from './queries.ts'
import { recordAlertAct } from './record-alert-act.ts'

/** Says that a person works on the problem; a worse finding fires it again. Repeating it is refused. */
export const acknowledgeAlert = defineVerb({
  action: 'alerts.acknowledge',
  input: acknowledgeAlertInput,
  async act({ tx, actorText }, input) {
    const [alert] = await tx
      .update(alerts)
      .set({
        status: 'acknowledged',
        acknowledgedAt: sql`now()`,
        acknowledgedBy: actorText,
        silencedUntil: null,
      })
      .where(and(eq(alerts.id, input.alertId), inArray(alerts.status, ['firing', 'silenced'])))
      .returning()
    if (!alert) {
      const current = await getAlert(tx, input.alertId)
      return refuse('not-firing', `“${current.title}” is ${current.status} already.`)
    }
    const record = await recordAlertAct(tx, alert, {
      kind: 'acknowledged',
      actor: actorText,
      note: input.note ?? 'Acknowledged.',
      reason: input.note,
    })
    return { value: { alertId: alert.id, status: alert.status }, ...record }
  },
})
