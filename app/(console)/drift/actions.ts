'use server'

import { action } from '#app/_web/action.ts'
import { requestDriftComparison } from '#lib/drift/request-drift-comparison.ts'
import { requestSyncRepair } from '#lib/drift/request-sync-repair.ts'

export async function requestComparisonAction(input: unknown) {
  return action(requestDriftComparison, input)
}

export async function requestSyncRepairAction(input: unknown) {
  return action(requestSyncRepair, input)
}
