'use server'

import { action } from '#app/_web/action.ts'
import { acknowledgeAlert } from '#lib/alerts/acknowledge-alert.ts'
import { resolveAlert } from '#lib/alerts/resolve-alert.ts'
import { silenceAlert } from '#lib/alerts/silence-alert.ts'

export async function acknowledgeAlertAction(input: unknown) {
  return action(acknowledgeAlert, input)
}

export async function silenceAlertAction(input: unknown) {
  return action(silenceAlert, input)
}

export async function resolveAlertAction(input: unknown) {
  return action(resolveAlert, input)
}
