import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { acknowledgeAlertInput } from './input.ts'
import { markAcknowledged } from './mark-acknowledged.ts'

/** Says that a person works on the problem, which stops its escalation; a worse finding fires it again. Repeating it is refused. */
export const acknowledgeAlert = defineVerb({
  action: 'alerts.acknowledge',
  input: acknowledgeAlertInput,
  async act({ tx, actorText }, input) {
    const marked = await markAcknowledged(tx, input.alertId, actorText, input.note)
    if ('title' in marked) {
      return refuse('not-firing', `“${marked.title}” is ${marked.status} already.`)
    }
    return { value: { alertId: marked.alertId, status: marked.status }, ...marked.record }
  },
})
