import { and, eq, ne, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { resolveAlertInput } from './input.ts'
import { getAlert } from './queries.ts'
import { recordAlertAct } from './record-alert-act.ts'
import { tellResolved } from './telling/tell-resolved.ts'

/** Ends an alert by hand and tells those who were told of it; new evidence of the same problem fires it again. Repeating it is refused. */
export const resolveAlert = defineVerb({
  action: 'alerts.resolve',
  input: resolveAlertInput,
  async act({ tx, actorText }, input) {
    const [alert] = await tx
      .update(alerts)
      .set({
        status: 'resolved',
        resolvedAt: sql`now()`,
        resolvedBy: actorText,
        nextStepAt: null,
        flappingSince: null,
        absentSince: null,
      })
      .where(and(eq(alerts.id, input.alertId), ne(alerts.status, 'resolved')))
      .returning()
    if (!alert) {
      const current = await getAlert(tx, input.alertId)
      return refuse('resolved-already', `“${current.title}” is resolved already.`)
    }
    const record = await recordAlertAct(tx, alert, {
      kind: 'resolved',
      actor: actorText,
      note: input.note ?? 'Resolved by hand.',
      reason: input.note,
    })
    await tellResolved(tx, [alert.id], new Date())
    return { value: { alertId: alert.id, status: alert.status }, ...record }
  },
})
