import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import type { OperationStatus } from '#lib/operations/types.ts'

export interface ActState {
  allowed: boolean
  /** Why the button is absent, in one sentence; null when it is there, or when nobody would expect it. */
  why: string | null
}

export interface Onlooker {
  id: string
  role: Role
  approverFrom: Date | null
}

const yes: ActState = { allowed: true, why: null }
const no = (why: string | null): ActState => ({ allowed: false, why })

const notBegun: readonly OperationStatus[] = ['requested', 'planned', 'awaiting-approval', 'approved']

/** What a person may do with an operation now. For what a page shows; the verbs decide again. */
export function actsFor(
  operation: { status: OperationStatus; requestedByUserId: string | null },
  person: Onlooker,
  now: Date,
): Record<'approve' | 'refuse' | 'run' | 'cancel', ActState> {
  const { status } = operation
  const own = operation.requestedByUserId === person.id
  return {
    approve: approveState(operation, person, now),
    // Whoever asked takes it back; the others refuse it.
    refuse: !own && notBegun.includes(status) && can(person.role, 'operations.refuse') ? yes : no(null),
    run:
      status === 'approved'
        ? can(person.role, 'operations.run')
          ? yes
          : no(`A ${person.role} may not run operations. An admin or a commander can.`)
        : no(null),
    cancel:
      ((own && notBegun.includes(status)) || status === 'running') && can(person.role, 'operations.cancel')
        ? yes
        : no(null),
  }
}

function approveState(
  operation: { status: OperationStatus; requestedByUserId: string | null },
  person: Onlooker,
  now: Date,
): ActState {
  if (operation.status !== 'awaiting-approval') return no(null)
  if (!can(person.role, 'operations.approve')) {
    return no(`A ${person.role} may not approve. An admin or a commander can.`)
  }
  if (operation.requestedByUserId === person.id) {
    return no('You requested this, so somebody else has to approve it. Send them this page.')
  }
  if (!person.approverFrom || person.approverFrom > now) {
    return no(
      `Your account is new or was just changed; it may approve${person.approverFrom ? ` from ${person.approverFrom.toISOString().slice(0, 16).replace('T', ' ')} UTC` : ' later'}.`,
    )
  }
  return yes
}
