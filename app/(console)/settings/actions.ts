'use server'

import { action } from '#app/_web/action.ts'
import { proveStepUp } from '#lib/auth/prove-step-up.ts'
import { removeTarget } from '#lib/targets/remove-target.ts'
import { requestTarget } from '#lib/targets/request-target.ts'
import { requestTargetCheck } from '#lib/targets/request-target-check.ts'

export async function proveStepUpAction(input: unknown) {
  return action(proveStepUp, input)
}

export async function requestTargetAction(input: unknown) {
  return action(requestTarget, input)
}

export async function requestTargetCheckAction(input: unknown) {
  return action(requestTargetCheck, input)
}

export async function removeTargetAction(input: unknown) {
  return action(removeTarget, input)
}
