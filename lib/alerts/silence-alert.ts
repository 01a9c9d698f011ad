import { and, eq, ne } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { silenceAlertInput } from './input.ts'
import { getAlert } from './queries.ts'
import { recordAlertAct } from './record-alert-act.ts'

const longestDays = 30

/** Keeps an alert quiet until a moment; the check goes on, and it fires again then if the problem is still there. Repeating it sets the new end. */
export const silenceAlert = defineVerb({
  action: 'alerts.silence',
  input: silenceAlertInput,
  async act({ tx, actorText }, input) {
    const forMs = input.until.getTime() - Date.now()
    if (forMs <= 0)
      return refuse('until-in-past', 'The silence would have ended already.', 'Choose a later end.')
    if (forMs > longestDays * 86_400_000) {
      return refuse(
        'silence-too-long',
        `A silence lasts at most ${longestDays} days.`,
        'Choose an earlier end.',
      )
    }
    const [alert] = await tx
      .update(alerts)
      .set({ status: 'silenced', silencedUntil: input.until })
      .where(and(eq(alerts.id, input.alertId), ne(alerts.status, 'resolved')))
      .returning()
    if (!alert) {
      const current = await getAlert(tx, input.alertId)
      return refuse('not-open', `“${current.title}” is ${current.status}; there is nothing to silence.`)
    }
    const until = input.until.toISOString()
    const record = await recordAlertAct(tx, alert, {
      kind: 'silenced',
      actor: actorText,
      note: `Until ${until}.${input.note ? ` ${input.note}` : ''}`,
      reason: input.note,
      detail: { until },
    })
    return { value: { alertId: alert.id, status: alert.status, silencedUntil: input.until }, ...record }
  },
})
