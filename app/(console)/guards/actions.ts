'use server'

import { action } from '#app/_web/action.ts'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import { requestGuardRemoval } from '#lib/guards/request-guard-removal.ts'
import { requestGuardVerification } from '#lib/guards/request-guard-verification.ts'
import { requestProtectionChange } from '#lib/guards/request-protection-change.ts'

export async function requestGuardInstallationAction(input: unknown) {
  return action(requestGuardInstallation, input)
}

export async function requestGuardVerificationAction(input: unknown) {
  return action(requestGuardVerification, input)
}

export async function requestGuardRemovalAction(input: unknown) {
  return action(requestGuardRemoval, input)
}

export async function requestProtectionChangeAction(input: unknown) {
  return action(requestProtectionChange, input)
}
