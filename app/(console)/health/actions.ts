'use server'

import { action } from '#app/_web/action.ts'
import { requestHealth } from '#lib/health/request-health.ts'

export async function requestHealthAction(input: unknown) {
  return action(requestHealth, input)
}
