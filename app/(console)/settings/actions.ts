'use server'

import { action } from '#app/_web/action.ts'
import { addUser } from '#lib/auth/add-user.ts'
import { changeUserRole } from '#lib/auth/change-user-role.ts'
import { disableUser } from '#lib/auth/disable-user.ts'
import { proveStepUp } from '#lib/auth/prove-step-up.ts'
import { resetPassword } from '#lib/auth/reset-password.ts'
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

export async function addUserAction(input: unknown) {
  return action(addUser, input)
}

export async function changeUserRoleAction(input: unknown) {
  return action(changeUserRole, input)
}

export async function resetPasswordAction(input: unknown) {
  return action(resetPassword, input)
}

export async function disableUserAction(input: unknown) {
  return action(disableUser, input)
}
