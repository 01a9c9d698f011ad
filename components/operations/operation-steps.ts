import type { ShownStep } from '#components/operations/act-stepper.tsx'
import { restoreSteps } from '#components/operations/restore-words.ts'
import { countOf } from '#lib/format/format-count.ts'
import type { OperationStatus } from '#lib/operations/types.ts'
import type { DraftChoices } from '#lib/restores/drafts/draft-choices.ts'

interface SteppedOperation {
  id: string
  kind: string
  status: OperationStatus
  reason: string
  request: unknown
  promisedRows: number | null
  plannedAt: string | null
  approvedBy: string | null
  startedAt: string | null
}

const order = ['plan', 'approval', 'run', 'proof']

/** Which of the last four steps an operation stands at; past the last one when it is done. */
function positionOf({ status, plannedAt, approvedBy, startedAt }: SteppedOperation): number {
  switch (status) {
    case 'requested':
    case 'planned':
      return 0
    case 'awaiting-approval':
      return 1
    case 'approved':
    case 'running':
      return 2
    case 'verifying':
      return 3
    case 'succeeded':
      return 4
    default:
      return startedAt || approvedBy ? 2 : plannedAt ? 1 : 0
  }
}

/** Back to the choices is possible until somebody has approved. */
export const mayGoBack = ({ status, approvedBy }: SteppedOperation): boolean =>
  !['running', 'verifying', 'succeeded'].includes(status) && !(status === 'approved' && approvedBy)

const choicesOf = ({ kind, request }: SteppedOperation): DraftChoices | null => {
  if (kind === 'restore') return request as DraftChoices
  if (kind !== 'database-restore') return null
  const { backupId } = request as { backupId: string }
  return { source: { kind: 'archive', backupId }, into: 'database' }
}

/** The way of any guarded act; a restore’s own choices stand before its plan, linked while one may go back. */
export function operationSteps(
  operation: SteppedOperation,
  known: { draftId: string | null; copies: Parameters<typeof restoreSteps>[0]['copies'] },
): ShownStep[] {
  const at = positionOf(operation)
  const ended = ['failed', 'refused', 'expired', 'cancelled'].includes(operation.status)
  const choices = choicesOf(operation)
  const all = restoreSteps({ reason: operation.reason, choices: choices ?? {}, copies: known.copies })
  const said: Record<string, string | null> = {
    plan: operation.promisedRows ? `${countOf(operation.promisedRows, 'row')}, exactly` : null,
    approval: operation.approvedBy?.replace(/^user:/, '') ?? null,
  }
  return all.flatMap((step): ShownStep[] => {
    const index = order.indexOf(step.key)
    if (index < 0) {
      if (!choices) return []
      const href =
        known.draftId && mayGoBack(operation) ? `/restores/${known.draftId}?step=${step.key}` : null
      return [{ ...step, state: 'done', href }]
    }
    return [
      {
        ...step,
        title: step.key === 'proof' && !choices ? 'Proof' : step.title,
        chosen: index === at && ended ? operation.status : index < at ? (said[step.key] ?? null) : null,
        state: index < at ? 'done' : index === at ? 'now' : 'ahead',
        href: null,
      },
    ]
  })
}
