'use server'

import { action } from '#app/_web/action.ts'
import { acceptBackup } from '#lib/backups/accept-backup.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { requestVerification } from '#lib/backups/request-verification.ts'
import { clearFreeze } from '#lib/backups/retention/clear-freeze.ts'
import { holdBackup } from '#lib/backups/retention/hold-backup.ts'
import { releaseBackup } from '#lib/backups/retention/release-backup.ts'
import { cancelJob } from '#lib/jobs/cancel-job.ts'

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

export async function holdBackupAction(input: unknown) {
  return action(holdBackup, input)
}

export async function releaseBackupAction(input: unknown) {
  return action(releaseBackup, input)
}

export async function clearFreezeAction(input: unknown) {
  return action(clearFreeze, input)
}

export async function cancelJobAction(input: unknown) {
  return action(cancelJob, input)
}
