'use client'

import { Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { ChannelActs } from '#app/(console)/settings/channels/channel-acts.tsx'
import type { DeliveryQuery } from '#app/(console)/settings/channels/delivery-filter.ts'
import { DeliveryLog } from '#app/(console)/settings/channels/delivery-log.tsx'
import type { channelsRead } from '#app/(console)/settings/channels/queries.ts'
import { SettingsTabs } from '#app/(console)/settings/settings-tabs.tsx'
import { useShell } from '#components/shell/shell-context.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'

export type ChannelsData = Wire<ReadData<typeof channelsRead>>
export type ShownChannel = ChannelsData['channels'][number]

const ChannelForm = dynamic(() =>
  import('#app/(console)/settings/channels/channel-form.tsx').then(({ ChannelForm }) => ChannelForm),
)

export const kindWords: Record<ShownChannel['kind'], string> = {
  slack: 'chat webhook',
  webhook: 'signed webhook',
  email: 'mail',
  pagerduty: 'paging service',
  heartbeat: 'heartbeat',
}

/** Where messages go, whether they get through, and what was sent. */
export function ChannelsScreen({
  loaded,
  query,
}: {
  loaded: Loaded<ReadData<typeof channelsRead>>
  query: DeliveryQuery
}) {
  const { data } = useLoaded(loaded)
  const { target } = useShell()
  const [adding, setAdding] = useState(false)
  const mayAdd = can(data.role, 'channels.add')
  return (
    <>
      <PageHeader
        title="Channels"
        about="Where messages go. What is secret of a channel is sealed to the worker, and nobody reads it back."
        actions={
          mayAdd ? (
            <Button variant="primary" onClick={() => setAdding(true)}>
              <Plus aria-hidden /> Add a channel
            </Button>
          ) : null
        }
      />
      <SettingsTabs shown="channels" target={target?.name} />
      <div className="grid gap-4">
        <Panel title="Channels" about="Each message that fails for good goes to the fallback" flush>
          <Table
            label="Channels"
            rows={data.channels}
            rowKey={(row) => row.id}
            columns={columnsFor(data)}
            empty={
              <EmptyState
                title="No channel yet: nobody is told of anything"
                action={
                  mayAdd ? <Button onClick={() => setAdding(true)}>Add the first one</Button> : undefined
                }
              >
                <p>
                  Alerts are raised and shown here all the same. With a channel and a route they also reach
                  people who do not look.
                </p>
              </EmptyState>
            }
          />
        </Panel>
        <DeliveryLog data={data} query={query} />
      </div>
      {adding ? (
        <ChannelForm channel={null} channels={data.channels} onClose={() => setAdding(false)} />
      ) : null}
    </>
  )
}

const statusLook = { untried: 'no-data', working: 'good', failing: 'failed' } as const
const statusText = { untried: 'not tried yet', working: 'working', failing: 'failing' } as const

const columnsFor = (data: ChannelsData): TableColumn<ShownChannel>[] => [
  {
    key: 'name',
    head: 'Channel',
    lead: true,
    cell: (row) => (
      <span className="flex flex-wrap items-center gap-x-2">
        <span className="font-medium">{row.name}</span>
        <Badge>{kindWords[row.kind]}</Badge>
      </span>
    ),
  },
  {
    key: 'place',
    head: 'Leads to',
    className: 'break-words',
    cell: (row) => <span className="min-w-0 text-xs break-all">{row.place}</span>,
  },
  {
    key: 'status',
    head: 'Status',
    cell: (row) => (
      <span className="grid min-w-0 gap-0.5">
        <span className="flex flex-wrap items-center gap-x-2 max-sm:justify-end">
          <StatusDot status={statusLook[row.status]} label={statusText[row.status]} />
          {row.status === 'untried' ? null : (
            <span className="text-xs text-ink-faint">
              since <Time at={row.statusAt} />
            </span>
          )}
        </span>
        {row.error ? (
          <span className="max-w-prose text-xs break-words text-bad">
            {row.error.message} {row.error.hint}
          </span>
        ) : null}
      </span>
    ),
  },
  {
    key: 'day',
    head: 'Last day',
    cell: (row) =>
      row.kind === 'heartbeat' ? (
        <span className="text-xs text-ink-faint">a call each minute</span>
      ) : row.lastDay ? (
        <span className="text-xs">
          {row.lastDay.sent} sent
          {row.lastDay.failed > 0 ? <span className="text-bad">, {row.lastDay.failed} failed</span> : null}
          {row.lastDay.waiting > 0 ? `, ${row.lastDay.waiting} waiting` : ''}
        </span>
      ) : (
        <span className="text-xs text-ink-faint">nothing</span>
      ),
  },
  {
    key: 'fallback',
    head: 'Fallback',
    cell: (row) => row.fallback ?? <span className="text-ink-faint">none</span>,
  },
  {
    key: 'acts',
    head: <span className="sr-only">Acts</span>,
    align: 'right',
    cell: (row) => <ChannelActs channel={row} data={data} />,
  },
]
