'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { cancelWindowAction, endSilenceAction } from '#app/(console)/alerts/actions.ts'
import { AlertsSections } from '#app/(console)/alerts/alerts-sections.tsx'
import type { quietRead } from '#app/(console)/alerts/quiet/queries.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatActorName } from '#lib/format/format-actor.ts'

export type QuietData = Wire<ReadData<typeof quietRead>>

const WindowDialog = dynamic(() => import('./window-dialog.tsx').then(({ WindowDialog }) => WindowDialog), {
  ssr: false,
})
const SilenceDialog = dynamic(
  () => import('./silence-dialog.tsx').then(({ SilenceDialog }) => SilenceDialog),
  { ssr: false },
)

export function QuietScreen({ loaded }: { loaded: Loaded<ReadData<typeof quietRead>> }) {
  const { data } = useLoaded(loaded)
  const [opened, setOpened] = useState<'window' | 'silence' | null>(null)
  const mayAdd = can(data.role, 'alerts.add-window')
  return (
    <>
      <PageHeader
        title="Maintenance and silences"
        about="Both keep messages back. Checks go on all the same: what is wrong is raised, counted and shown."
      />
      <AlertsSections here="quiet" />
      <div className="grid gap-4">
        <Panel
          title="Maintenance windows"
          about="What fires meanwhile and is still there is told once when the window ends"
          flush
          actions={mayAdd ? <Button onClick={() => setOpened('window')}>Announce maintenance</Button> : null}
        >
          <Windows windows={data.windows} mayCancel={mayAdd} />
        </Panel>
        <Panel
          title="Silences"
          about="At most 30 days. What is still there then is told"
          flush
          actions={mayAdd ? <Button onClick={() => setOpened('silence')}>Add a silence</Button> : null}
        >
          <Silences silences={data.silences} mayEnd={mayAdd} />
        </Panel>
        {data.past.length > 0 ? (
          <Panel title="Silences that are over" about="The newest first" flush>
            <Past silences={data.past} />
          </Panel>
        ) : null}
      </div>
      {opened === 'window' ? <WindowDialog targets={data.targets} onClose={() => setOpened(null)} /> : null}
      {opened === 'silence' ? <SilenceDialog targets={data.targets} onClose={() => setOpened(null)} /> : null}
    </>
  )
}

function Windows({ windows, mayCancel }: { windows: QuietData['windows']; mayCancel: boolean }) {
  const cancel = useAction(cancelWindowAction, { done: 'The window is over' })
  return (
    <Table
      label="Maintenance windows"
      rows={windows}
      rowKey={(row) => row.id}
      empty={<EmptyState title="No maintenance is announced" />}
      columns={[
        {
          key: 'title',
          head: 'Window',
          lead: true,
          cell: (row) => (
            <span className="flex flex-wrap items-center gap-2">
              {row.title}
              {row.isInEffect ? <Badge tone="warn">in effect</Badge> : null}
              {row.isPublic ? <Badge>on the status page</Badge> : null}
            </span>
          ),
        },
        { key: 'target', head: 'Database', cell: (row) => row.targetName ?? 'all' },
        {
          key: 'next',
          head: 'Now or next',
          cell: (row) =>
            row.next ? (
              <>
                <Time at={row.next.startsAt} exact /> to <Time at={row.next.endsAt} exact />
              </>
            ) : (
              'not within four weeks'
            ),
        },
        {
          key: 'repeats',
          head: 'Repeats',
          cell: (row) =>
            row.repeats ? (
              <>
                <code className="font-mono text-xs">{row.repeats}</code>{' '}
                <span className="text-xs text-ink-faint">{row.timeZone}</span>
              </>
            ) : (
              'once'
            ),
        },
        { key: 'by', head: 'By', wide: true, cell: (row) => formatActorName(row.createdBy) },
        {
          key: 'acts',
          head: '',
          align: 'right',
          cell: (row) =>
            mayCancel ? (
              <Button
                size="small"
                pending={cancel.pending}
                aria-label={`${row.isInEffect ? 'End' : 'Cancel'} “${row.title}”`}
                onClick={() => void cancel.run({ windowId: row.id })}
              >
                {row.isInEffect && !row.repeats ? 'End now' : 'Cancel'}
              </Button>
            ) : null,
        },
      ]}
    />
  )
}

type ShownSilence = QuietData['silences'][number]

const pattern = (row: ShownSilence) => (
  <code className="font-mono text-xs [overflow-wrap:anywhere]">{row.pattern}</code>
)

function Silences({ silences, mayEnd }: { silences: ShownSilence[]; mayEnd: boolean }) {
  const end = useAction(endSilenceAction, { done: 'The silence is over' })
  return (
    <Table
      label="Silences"
      rows={silences}
      rowKey={(row) => row.id}
      empty={<EmptyState title="Nothing is silenced" />}
      columns={[
        { key: 'pattern', head: 'Fingerprint', lead: true, cell: pattern },
        { key: 'target', head: 'Database', cell: (row) => row.targetName ?? 'all' },
        { key: 'reason', head: 'Why', className: 'break-words', cell: (row) => row.reason },
        { key: 'by', head: 'By', wide: true, cell: (row) => formatActorName(row.createdBy) },
        { key: 'until', head: 'Until', align: 'right', cell: (row) => <Time at={row.endsAt} exact /> },
        {
          key: 'acts',
          head: '',
          align: 'right',
          cell: (row) =>
            mayEnd ? (
              <Button
                size="small"
                pending={end.pending}
                aria-label={`End the silence of ${row.pattern}`}
                onClick={() => void end.run({ silenceId: row.id })}
              >
                End now
              </Button>
            ) : null,
        },
      ]}
    />
  )
}

function Past({ silences }: { silences: ShownSilence[] }) {
  return (
    <Table
      label="Silences that are over"
      rows={silences}
      rowKey={(row) => row.id}
      columns={[
        { key: 'pattern', head: 'Fingerprint', lead: true, cell: pattern },
        { key: 'target', head: 'Database', cell: (row) => row.targetName ?? 'all' },
        { key: 'reason', head: 'Why', className: 'break-words', cell: (row) => row.reason },
        {
          key: 'ended',
          head: 'Ended',
          align: 'right',
          cell: (row) => <Time at={row.endedAt ?? row.endsAt} exact />,
        },
        {
          key: 'by',
          head: 'Ended by',
          wide: true,
          cell: (row) => (row.endedBy ? formatActorName(row.endedBy) : 'its time'),
        },
      ]}
    />
  )
}
