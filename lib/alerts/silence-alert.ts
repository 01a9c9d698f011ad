import { eq } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { silences } from '#drizzle/schema/on-call.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { silenceAlertInput } from './input.ts'
import { getAlert } from './queries.ts'
import { recordAlertAct } from './record-alert-act.ts'
import { refuseSilenceEnd } from './silences/refuse-silence-end.ts'

/**
 * Keeps an alert quiet until a moment, as a silence of its fingerprint on its target; the check goes on, and it fires again
 * then if the problem is still there. Repeating it adds another silence; the one that ends last counts.
 */
export const silenceAlert = defineVerb({
  action: 'alerts.silence',
  input: silenceAlertInput,
  async act({ tx, actorText }, input) {
    const refused = refuseSilenceEnd(input.until)
    if (refused) return refused
    const found = await getAlert(tx, input.alertId)
    const [alert] = await tx.select().from(alerts).where(eq(alerts.id, found.id)).for('update')
    if (!alert || alert.status === 'resolved') {
      return refuse('not-open', `“${found.title}” is ${found.status}; there is nothing to silence.`)
    }
    await tx.insert(silences).values({
      targetId: alert.targetId,
      pattern: alert.fingerprint,
      reason: input.note || 'Silenced from the alert.',
      endsAt: input.until,
      createdBy: actorText,
    })
    const already = alert.status === 'silenced' ? alert.silencedUntil : null
    const silencedUntil = already && already > input.until ? already : input.until
    await tx
      .update(alerts)
      .set({ status: 'silenced', silencedUntil, nextStepAt: null })
      .where(eq(alerts.id, alert.id))
    const until = input.until.toISOString()
    const record = await recordAlertAct(tx, alert, {
      kind: 'silenced',
      actor: actorText,
      note: `Until ${until}.${input.note ? ` ${input.note}` : ''}`,
      reason: input.note,
      detail: { until },
    })
    return { value: { alertId: alert.id, status: 'silenced' as const, silencedUntil }, ...record }
  },
})
