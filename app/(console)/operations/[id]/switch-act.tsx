'use client'

import { SwitchButton } from '#components/operations/switch-button.tsx'
import type { DatabaseRestoreResult, DatabaseSwitchResult } from '#lib/restores/database/database-types.ts'
import { requestDatabaseSwitchAction } from '../actions.ts'
import type { OperationData } from './operation-screen.tsx'

/** After a whole database was restored: gives it the live one’s name, or after that gives the name back. */
export function SwitchAct({ data: { operation, databaseName, mayUndo } }: { data: OperationData }) {
  if (!mayUndo || operation.status !== 'succeeded') return null
  const shared = {
    action: requestDatabaseSwitchAction,
    targetId: operation.targetId,
    operationId: operation.id,
    live: databaseName,
  }
  if (operation.kind === 'database-restore') {
    const { proven, database } = operation.result as DatabaseRestoreResult
    return proven ? <SwitchButton {...shared} database={database} /> : null
  }
  if (operation.kind !== 'database-switch') return null
  const { back, kept } = operation.result as DatabaseSwitchResult
  return back ? null : <SwitchButton {...shared} database={kept.name} back />
}
