import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import { soloWaitMinutes } from '#lib/operations/solo-wait.ts'
import type { ApprovalMode, OperationStatus } from '#lib/operations/types.ts'

export interface ActState {
  allowed: boolean
  /** Why the button is absent, or what to know before pressing it; null when there is nothing to say. */
  why: string | null
}

export interface Onlooker {
  id: string
  role: Role
  approverFrom: Date | null
}

/** What of an operation decides who may do what; `OperationDetails` has it all. */
export interface Decidable {
  status: OperationStatus
  requestedByUserId: string | null
  approvalMode?: ApprovalMode
  runFrom?: Date | null
  /** Whether one person alone may act in this installation now. */
  soloMode?: boolean
}

const yes: ActState = { allowed: true, why: null }
const no = (why: string | null): ActState => ({ allowed: false, why })

const notBegun: readonly OperationStatus[] = ['requested', 'planned', 'awaiting-approval', 'approved']

const minuteOf = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`

const isSolo = ({ status, approvalMode }: Decidable): boolean =>
  status === 'approved' && approvalMode === 'solo'

/** What a person may do with an operation now. For what a page shows; the verbs decide again. */
export function actsFor(
  operation: Decidable,
  person: Onlooker,
  now: Date,
): Record<'approve' | 'refuse' | 'run' | 'cancel', ActState> {
  const { status } = operation
  const own = operation.requestedByUserId === person.id
  return {
    approve: approveState(operation, person, now),
    // Whoever asked takes it back; the others refuse it.
    refuse: !own && notBegun.includes(status) && can(person.role, 'operations.refuse') ? yes : no(null),
    run: runState(operation, person, now),
    cancel:
      ((own && notBegun.includes(status)) || status === 'running') && can(person.role, 'operations.cancel')
        ? yes
        : no(null),
  }
}

function runState(operation: Decidable, person: Onlooker, now: Date): ActState {
  if (operation.status !== 'approved') return no(null)
  if (!can(person.role, 'operations.run')) {
    return no(`A ${person.role} may not run operations. An admin or a commander can.`)
  }
  const { runFrom } = operation
  if (!runFrom || runFrom <= now) return yes
  return no(
    `One person approved this alone, so it waits: it may run from ${minuteOf(runFrom)}. Until then everybody else may refuse it, and a second person may approve it; then it may run at once.`,
  )
}

function approveState(operation: Decidable, person: Onlooker, now: Date): ActState {
  const own = operation.requestedByUserId === person.id
  if (operation.status !== 'awaiting-approval' && !(isSolo(operation) && !own)) return no(null)
  if (!can(person.role, 'operations.approve')) {
    return no(`A ${person.role} may not approve. An admin or a commander can.`)
  }
  if (own && !operation.soloMode) {
    return no('You requested this, so somebody else has to approve it. Send them this page.')
  }
  if (!person.approverFrom || person.approverFrom > now) {
    return no(
      `Your account is new or was just changed; it may approve${person.approverFrom ? ` from ${minuteOf(person.approverFrom)}` : ' later'}.`,
    )
  }
  if (!own) return yes
  return {
    allowed: true,
    why: `Solo mode: you may approve your own request. It then waits ${soloWaitMinutes} minutes, and everybody is told.`,
  }
}
