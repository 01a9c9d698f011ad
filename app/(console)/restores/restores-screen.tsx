'use client'

import { ArrowRight, Trash2 } from 'lucide-react'
import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { PastOperations } from '#components/operations/past-operations.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Count } from '#components/ui/numbers.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { discardDraftAction } from './actions.ts'
import { newRestoreHref } from './new-restore-href.ts'
import type { restoresRead } from './queries.ts'

type Data = Wire<ReadData<typeof restoresRead>>

/** What was lost of late, what one has begun, and the restores so far. */
export function RestoresScreen({ loaded }: { loaded: Loaded<ReadData<typeof restoresRead>> }) {
  const { data } = useLoaded(loaded)
  const { target, incident } = data
  const mayBegin = can(data.role, 'restores.draft')
  return (
    <>
      <PageHeader
        title={`Restore ${target.name}`}
        about="Put back only what was lost. Nothing is written before a second person has approved the exact plan."
        actions={
          mayBegin ? (
            <Button asChild variant="primary" size="large">
              <Link href={newRestoreHref({ target: target.name, incident: incident?.id })}>
                Begin a restore
              </Link>
            </Button>
          ) : null
        }
      />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="grid min-w-0 gap-4">
          {data.drafts.length > 0 ? <Drafts drafts={data.drafts} /> : null}
          <Losses data={data} />
          {mayBegin ? null : (
            <p className="text-sm text-ink-soft">Planning a restore takes an admin or a commander.</p>
          )}
        </div>
        <PastOperations title="Restores so far" label="Restores" operations={data.restores} />
      </div>
    </>
  )
}

const stepWords = {
  why: 'why',
  lost: 'what was lost',
  source: 'from which copy',
  where: 'where, and how much',
}

function Drafts({ drafts }: { drafts: Data['drafts'] }) {
  return (
    <Panel title="Go on where you stopped" about="Yours alone, and on every machine where you sign in" flush>
      <ul>
        {drafts.map((draft) => (
          <DraftLine key={draft.id} draft={draft} />
        ))}
      </ul>
    </Panel>
  )
}

const ended = ['failed', 'refused', 'expired', 'cancelled']

function DraftLine({ draft }: { draft: Data['drafts'][number] }) {
  const discarding = useAction(discardDraftAction, { done: 'Discarded' })
  const asked = draft.operationStatus
  const waits = asked !== null && !ended.includes(asked)
  return (
    <li className="flex items-center gap-2 border-b border-line px-4 py-2.5 last:border-b-0">
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium break-words">{draft.reason || 'No reason given yet'}</p>
        <p className="flex flex-wrap gap-x-2 text-xs text-ink-soft">
          {draft.incidentNumber === null ? null : <span>incident #{draft.incidentNumber}</span>}
          {asked ? (
            <span>
              its plan: <StatusDot status={asked} className="text-xs" />
            </span>
          ) : (
            <span>at “{stepWords[draft.step]}”</span>
          )}
          <Time at={draft.updatedAt} />
        </p>
      </div>
      {waits ? null : (
        <Button
          size="icon"
          variant="ghost"
          className="max-sm:size-11"
          aria-label={`Discard: ${draft.reason || 'no reason given yet'}`}
          pending={discarding.pending}
          onClick={() => void discarding.run({ draftId: draft.id })}
        >
          <Trash2 aria-hidden />
        </Button>
      )}
      <Button asChild className="max-sm:h-11">
        <Link href={waits ? `/operations/${draft.operationId}` : `/restores/${draft.id}`}>
          {waits ? 'To the plan' : 'Go on'}
          <ArrowRight aria-hidden />
        </Link>
      </Button>
    </li>
  )
}

function Losses({ data: { losses, since } }: { data: Data }) {
  return (
    <Panel
      title="What was lost"
      about={
        <>
          Since <Time at={since} exact />, by the guards’ journal and the row counts
        </>
      }
      flush
    >
      <Table
        label="Lost rows"
        rows={losses}
        rowKey={(row) => row.table}
        empty={
          <EmptyState title="No lost rows are known">
            <p>A plan compares a copy with the live rows all the same, and shows every difference.</p>
          </EmptyState>
        }
        columns={[
          {
            key: 'table',
            head: 'Table',
            lead: true,
            cell: (row) => <span className="font-mono text-xs break-all">{row.table}</span>,
          },
          {
            key: 'rows',
            head: 'Rows lost',
            align: 'right',
            cell: (row) => (
              <span className="font-medium text-bad">
                <Count of={row.rows} />
              </span>
            ),
          },
          {
            key: 'evidence',
            head: 'Evidence',
            cell: (row) => (row.evidence === 'journal' ? 'guards’ journal' : 'row counts'),
          },
        ]}
      />
    </Panel>
  )
}
