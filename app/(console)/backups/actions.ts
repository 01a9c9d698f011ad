'use server'

import { action } from '#app/_web/action.ts'
import { acceptBackup } from '#lib/backups/accept-backup.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { requestDrill } from '#lib/backups/request-drill.ts'
import { requestVerification } from '#lib/backups/request-verification.ts'

export async function requestBackupAction(input: unknown) {
  return action(requestBackup, input)
}

export async function requestVerificationAction(input: unknown) {
  return action(requestVerification, input)
}

export async function requestDrillAction(input: unknown) {
  return action(requestDrill, input)
}

export async function acceptBackupAction(input: unknown) {
  return action(acceptBackup, input)
}
