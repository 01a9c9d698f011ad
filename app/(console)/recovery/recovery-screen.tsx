'use client'

import Link from 'next/link'
import { useEffect, useRef } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { can } from '#lib/auth/permissions.ts'
import { requestRecoverySearchAction } from './actions.ts'
import { LockedOutPanel } from './locked-out-panel.tsx'
import { OrganizationsPanel } from './organizations-panel.tsx'
import { PastRecoveries } from './past-recoveries.tsx'
import type { recoveryRead } from './queries.ts'
import { SearchedNote } from './searched-note.tsx'

export type RecoveryData = Wire<ReadData<typeof recoveryRead>>

/** What was found longer ago is looked for again when somebody opens the page. */
const freshMs = 60_000

/** People who cannot get in, what they had, and the way to a plan that gives it back. */
export function RecoveryScreen({ loaded }: { loaded: Loaded<ReadData<typeof recoveryRead>> }) {
  const { data } = useLoaded(loaded)
  const { target, incident, found, run, memberships } = data
  const search = useAction(requestRecoverySearchAction)
  const searching = run?.status === 'queued' || run?.status === 'running'
  const maySearch = can(data.role, 'recovery.search') && memberships.length > 0
  const look = (more: { archives?: boolean } = {}) => void search.run({ targetId: target.id, ...more })

  // Who comes here wants to know now: a search begins by itself, or the one under way is joined.
  const begun = useRef<string | null>(null)
  const isOld = data.searchAgeMs === null || data.searchAgeMs > freshMs
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each target that is opened
  useEffect(() => {
    if (begun.current === target.id) return
    begun.current = target.id
    if (maySearch && isOld && !searching) look()
  }, [target.id])

  const progress =
    run && (searching || run.status === 'failed') ? (
      <Panel title={searching ? 'Searching' : 'The last search failed'}>
        <PhaseList run={run} />
      </Panel>
    ) : null

  return (
    <>
      <PageHeader
        title={`Recovery for ${target.name}`}
        about={
          incident ? (
            <>
              For{' '}
              <Link href={`/incidents/${incident.id}`} className="text-accent hover:underline">
                incident #{incident.number} {incident.title}
              </Link>
            </>
          ) : (
            'People who lost their organisation or their role get exactly what they had, after a second person’s approval.'
          )
        }
        actions={
          maySearch ? (
            // Never out of reach: pressed while a search runs, it joins that one.
            <Button
              variant={found ? 'secondary' : 'primary'}
              aria-busy={searching || search.pending || undefined}
              onClick={() => look()}
              className="max-sm:h-11"
            >
              {searching ? 'Searching …' : 'Search now'}
            </Button>
          ) : null
        }
      />
      <div className="grid min-w-0 gap-4">
        <Refusal of={search.refusal} />
        {memberships.length === 0 ? (
          <Panel title="Locked-out users">
            <EmptyState title="The policy does not say who is a member of what">
              <p>
                Until it does, nobody is told when {target.name} locks people out. Add a membership rule under{' '}
                <Link href="/settings" className="text-accent hover:underline">
                  Settings
                </Link>
                .
              </p>
            </EmptyState>
          </Panel>
        ) : found ? (
          <>
            {found.memberships.map((membership) => (
              <LockedOutPanel
                key={membership.name}
                data={data}
                membership={membership}
                searchedAt={found.searchedAt}
                onArchives={maySearch && !found.archives ? () => look({ archives: true }) : null}
                searching={searching}
              />
            ))}
            {found.memberships.map((membership) => (
              <OrganizationsPanel
                key={membership.name}
                membership={membership}
                isOnly={found.memberships.length === 1}
              />
            ))}
            <SearchedNote found={found} />
          </>
        ) : (
          <Panel title="Locked-out users">
            <EmptyState
              title={searching || search.pending ? 'Looking for locked-out users' : 'Nobody has looked yet'}
            >
              <p>
                A search reads every living user’s memberships, and looks in the journal and the snapshots for
                what the locked-out ones had.
              </p>
            </EmptyState>
          </Panel>
        )}
        {/* Below what is known: a search begins when the page opens, and nothing may move under a finger. */}
        {progress}
        <PastRecoveries recoveries={data.recoveries} />
      </div>
    </>
  )
}
