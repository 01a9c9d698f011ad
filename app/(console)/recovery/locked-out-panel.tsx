'use client'

import { useState } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatCount } from '#lib/format/format-count.ts'
import { RecoverDialog } from './recover-dialog.tsx'
import type { RecoveryData } from './recovery-screen.tsx'

export type FoundMembership = NonNullable<RecoveryData['found']>['memberships'][number]
export type FoundUser = FoundMembership['users'][number]

const shownAtOnce = 50

const reasonWords: Record<string, string> = {
  missing: 'no membership',
  inactive: 'switched off',
  expired: 'expired',
  'not-started': 'begins later',
  'dead-organization': 'organisation gone',
  'without-role': 'no role',
}

/** The locked-out people of one membership rule: one or all of them can be given back what they had. */
export function LockedOutPanel({
  data,
  membership,
  searchedAt,
}: {
  data: RecoveryData
  membership: FoundMembership
  searchedAt: string
}) {
  const [shown, setShown] = useState(shownAtOnce)
  const { users, livingUsers } = membership
  const mayRequest = can(data.role, 'operations.request')
  const known = users.filter((user) => user.had.length > 0)
  return (
    <Panel
      title={
        users.length === 0
          ? 'Nobody is locked out'
          : `${formatCount(users.length)} of ${formatCount(livingUsers)} people are locked out`
      }
      about={
        <>
          {membership.name}, searched <Time at={searchedAt} />
          {users.length > known.length ? `; of ${users.length - known.length} nothing was found` : ''}
        </>
      }
      actions={
        mayRequest && known.length > 0 ? (
          <RecoverDialog data={data} membership={membership.name} users="all" count={known.length} />
        ) : null
      }
      flush
    >
      <Table
        label={`Locked out of ${membership.name}`}
        rows={users.slice(0, shown)}
        rowKey={(user) => user.user}
        empty={
          <EmptyState title={`All ${formatCount(livingUsers)} living users can get in`}>
            <p>Every one of them has a membership in force.</p>
          </EmptyState>
        }
        columns={[
          {
            key: 'who',
            head: 'Who',
            lead: true,
            cell: (user) => (
              <span className="min-w-0 break-all" title={user.user}>
                {user.label ?? user.user}
              </span>
            ),
          },
          {
            key: 'why',
            head: 'Why',
            cell: (user) => <Badge tone="bad">{reasonWords[user.reason] ?? user.reason}</Badge>,
          },
          { key: 'had', head: 'Had', cell: (user) => <Had user={user} /> },
          { key: 'found', head: 'Found in', cell: (user) => <FoundIn user={user} /> },
          ...(mayRequest
            ? [
                {
                  key: 'act',
                  head: '',
                  align: 'right' as const,
                  cell: (user: FoundUser) => (
                    <RecoverDialog data={data} membership={membership.name} users={[user]} count={1} />
                  ),
                },
              ]
            : []),
        ]}
      />
      {users.length > shown ? (
        <div className="border-t border-line px-4 py-2 text-center">
          <Button variant="ghost" onClick={() => setShown(shown + 200)} className="max-sm:h-11">
            Show more ({formatCount(users.length - shown)} left)
          </Button>
        </div>
      ) : null}
    </Panel>
  )
}

function Had({ user }: { user: FoundUser }) {
  if (user.had.length === 0) return <span className="text-ink-faint">nothing found</span>
  return (
    <span className="grid gap-0.5">
      {user.had.map((had) => (
        <span key={had.organization} title={had.organization}>
          {had.organizationLabel ?? had.organization}
          {had.role ? <span className="text-ink-soft"> as {had.role}</span> : null}
        </span>
      ))}
    </span>
  )
}

function FoundIn({ user }: { user: FoundUser }) {
  const [first] = user.had
  if (!first) return <span className="text-ink-faint">–</span>
  return (
    <span className="text-ink-soft">
      {first.source.kind}
      {first.source.kind === 'journal' ? null : (
        <>
          {' '}
          of <Time at={first.source.at} exact />
        </>
      )}
    </span>
  )
}
