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
import { FormerMemberships, FoundIn, GoneSince } from './former-memberships.tsx'
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

/** The locked-out people of one membership rule: one, several or all of them can be given back what they had. */
export function LockedOutPanel({
  data,
  membership,
  searchedAt,
  onArchives,
  searching,
}: {
  data: RecoveryData
  membership: FoundMembership
  searchedAt: string
  /** Looks into the archives too; null where that was done, or may not be. */
  onArchives: (() => void) | null
  searching: boolean
}) {
  const [shown, setShown] = useState(shownAtOnce)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const { users, livingUsers } = membership
  const mayRequest = can(data.role, 'operations.request')
  const known = users.filter((user) => user.had.length > 0)
  const unknown = users.filter((user) => user.had.length + user.removed.length === 0)
  const kept = users.length - known.length - unknown.length
  const selected = users.filter((user) => chosen.has(user.user))
  const choose = (user: FoundUser, isChosen: boolean) => {
    const next = new Set(chosen)
    if (isChosen) next.add(user.user)
    else next.delete(user.user)
    setChosen(next)
  }

  return (
    <Panel
      title={
        users.length === 0
          ? 'Nobody is locked out'
          : `${formatCount(users.length)} of ${formatCount(livingUsers)} people are locked out`
      }
      about={
        <>
          {membership.name}, checked <Time at={searchedAt} />
          {unknown.length > 0 ? `; of ${formatCount(unknown.length)} nothing was found` : ''}
          {kept > 0 ? `; what ${formatCount(kept)} had was not lost` : ''}
        </>
      }
      actions={
        <>
          {unknown.length > 0 && onArchives ? (
            <Button onClick={onArchives} aria-busy={searching || undefined} className="max-sm:h-11">
              Look into the archives too
            </Button>
          ) : null}
          {mayRequest && selected.length > 0 ? (
            <RecoverDialog data={data} membership={membership} users={selected} several />
          ) : mayRequest && known.length > 0 ? (
            <RecoverDialog data={data} membership={membership} users="all" />
          ) : null}
        </>
      }
      flush
    >
      <Table
        label={`Locked out of ${membership.name}`}
        rows={users.slice(0, shown)}
        rowKey={(user) => user.user}
        empty={
          <EmptyState title="Every living user has access">
            <p>
              All {formatCount(livingUsers)} have a membership in force, checked <Time at={searchedAt} />.
            </p>
          </EmptyState>
        }
        columns={[
          {
            key: 'who',
            head: 'Who',
            lead: true,
            cell: (user) => (
              <span className="flex min-w-0 items-center gap-2 max-sm:min-h-8">
                {mayRequest ? (
                  <input
                    type="checkbox"
                    checked={chosen.has(user.user)}
                    onChange={(event) => choose(user, event.target.checked)}
                    aria-label={`Select ${user.label ?? user.user}`}
                    className="size-4 shrink-0 accent-(--accent) max-sm:size-5"
                  />
                ) : null}
                <span className="min-w-0 break-all" title={user.user}>
                  {user.label ?? user.user}
                </span>
              </span>
            ),
          },
          {
            key: 'why',
            head: 'Why',
            cell: (user) => <Badge tone="bad">{reasonWords[user.reason] ?? user.reason}</Badge>,
          },
          { key: 'had', head: 'Had', cell: (user) => <FormerMemberships user={user} /> },
          { key: 'since', head: 'Gone', cell: (user) => <GoneSince user={user} /> },
          { key: 'found', head: 'Found in', cell: (user) => <FoundIn user={user} /> },
          ...(mayRequest
            ? [
                {
                  key: 'act',
                  head: '',
                  align: 'right' as const,
                  cell: (user: FoundUser) => (
                    <RecoverDialog data={data} membership={membership} users={[user]} />
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
