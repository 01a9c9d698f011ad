'use server'

import { action } from '#app/_web/action.ts'
import { requestPermit } from '#lib/guards/request-permit.ts'
import { requestPermitWithdrawal } from '#lib/guards/request-permit-withdrawal.ts'

export async function requestPermitAction(input: unknown) {
  return action(requestPermit, input)
}

export async function requestPermitWithdrawalAction(input: unknown) {
  return action(requestPermitWithdrawal, input)
}
