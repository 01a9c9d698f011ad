'use server'

import { action } from '#app/_web/action.ts'
import { proveStepUp } from '#lib/auth/prove-step-up.ts'
import { approveOperation } from '#lib/operations/approve-operation.ts'
import { cancelOperation } from '#lib/operations/cancel-operation.ts'
import { refuseOperation } from '#lib/operations/refuse-operation.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'
import { requestDatabaseSwitch } from '#lib/restores/database/request-database-switch.ts'
import { requestUndo } from '#lib/restores/undo/request-undo.ts'

export async function proveStepUpAction(input: unknown) {
  return action(proveStepUp, input)
}

export async function approveOperationAction(input: unknown) {
  return action(approveOperation, input)
}

export async function refuseOperationAction(input: unknown) {
  return action(refuseOperation, input)
}

export async function runOperationAction(input: unknown) {
  return action(requestOperationRun, input)
}

export async function cancelOperationAction(input: unknown) {
  return action(cancelOperation, input)
}

export async function requestUndoAction(input: unknown) {
  return action(requestUndo, input)
}

export async function requestDatabaseSwitchAction(input: unknown) {
  return action(requestDatabaseSwitch, input)
}
