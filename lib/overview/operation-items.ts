import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'

/** An operation that waits for somebody, as the page got it. */
export interface WaitingOperation {
  id: string
  kind: string
  status: string
  sentence: string | null
  reason: string
  requestedBy: string
  createdAt: string | Date
}

export interface WaitingItem<At> {
  key: string
  severity: 'WARNING'
  title: string
  detail: string
  since: At
  step: { label: string; href: string }
}

/**
 * The operations that wait for a person, each with the step that is this person's. It is worked out where the page is shown,
 * so that what is read of a target is the same for everybody who watches it. Pure.
 */
export function listWaiting<O extends WaitingOperation>(
  operations: readonly O[],
  user: { email: string; role: Role },
): WaitingItem<O['createdAt']>[] {
  return operations.flatMap((operation) => {
    const word = wordsOf(operation, user)
    if (!word) return []
    return [
      {
        key: `operation:${operation.id}`,
        severity: 'WARNING' as const,
        title: word.title,
        detail: operation.sentence ?? operation.reason,
        since: operation.createdAt,
        step: { label: word.label, href: `/operations/${operation.id}` },
      },
    ]
  })
}

function wordsOf(
  { kind, status, requestedBy }: WaitingOperation,
  { email, role }: { email: string; role: Role },
): { title: string; label: string } | null {
  const own = requestedBy === `user:${email}`
  const step = (action: string, label: string) => (can(role, action) ? label : 'Read the plan')
  switch (status) {
    case 'planned':
      return {
        title: `A ${kind} is planned`,
        label: own ? step('operations.request', 'Ask for approval') : 'Read the plan',
      }
    case 'awaiting-approval':
      return {
        title: `A ${kind} waits for a second person`,
        label: own ? 'See who can approve' : step('operations.approve', 'Read the plan and decide'),
      }
    case 'approved':
      return {
        title: `A ${kind} is approved and not run yet`,
        label: step('operations.run', 'Go to run it'),
      }
    default:
      return null
  }
}
