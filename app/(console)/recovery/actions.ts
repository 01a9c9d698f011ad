'use server'

import { action } from '#app/_web/action.ts'
import { requestRecovery } from '#lib/recovery/request-recovery.ts'
import { requestRecoverySearch } from '#lib/recovery/request-recovery-search.ts'

export async function requestRecoveryAction(input: unknown) {
  return action(requestRecovery, input)
}

export async function requestRecoverySearchAction(input: unknown) {
  return action(requestRecoverySearch, input)
}
