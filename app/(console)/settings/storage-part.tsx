'use client'

import { Badge } from '#components/ui/badge.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Bytes } from '#components/ui/numbers.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { SettingsData } from './settings-screen.tsx'

type ShownStore = SettingsData['storage']['stores'][number]
type TargetPlaces = SettingsData['storage']['targets'][number]

export function StoragePart({ data: { storage, role } }: { data: SettingsData }) {
  return (
    <div className="grid gap-4">
      <Panel
        title="Stores"
        about="The places that keep archives. Each copy in them is verified by itself, at least every seven days."
        flush
      >
        <Table
          label="Stores"
          rows={storage.stores}
          rowKey={(row) => row.id}
          columns={storeColumns}
          empty={
            <EmptyState title="No store yet">
              <p>The first archive makes the one in Holdfast’s data directory.</p>
            </EmptyState>
          }
        />
      </Panel>
      <Panel
        title="Where archives go"
        about="Three copies of the data, in two kinds of place, one of them elsewhere"
        flush
      >
        <Table
          label="Where archives go"
          rows={storage.targets}
          rowKey={(row) => row.target}
          columns={targetColumns}
          empty={<EmptyState title="Nothing is protected yet" />}
        />
      </Panel>
      {can(role, 'stores.add') ? <Adding /> : null}
    </div>
  )
}

const storeColumns: TableColumn<ShownStore>[] = [
  { key: 'name', head: 'Store', lead: true, cell: (row) => <span className="font-medium">{row.name}</span> },
  {
    key: 'place',
    head: 'Place',
    cell: (row) => (
      <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5 max-sm:justify-end">
        <Badge>{row.kind === 's3' ? 'S3' : 'directory'}</Badge>
        {row.isForeign ? <Badge>only read: others’ archives</Badge> : null}
        {row.lockDays === null ? null : (
          <Badge tone="good">locked for {row.lockDays === 1 ? 'a day' : `${row.lockDays} days`}</Badge>
        )}
        <span className="font-mono text-xs break-all">{row.place}</span>
      </span>
    ),
  },
  {
    key: 'status',
    head: 'Status',
    cell: (row) => (
      <span className="grid gap-0.5">
        <span className="flex flex-wrap items-center gap-x-2 max-sm:justify-end">
          <StatusDot status={row.status} />
          <span className="text-xs text-ink-faint">
            since <Time at={row.statusAt} />
          </span>
        </span>
        {row.error ? (
          <span className="max-w-prose text-xs text-ink-soft">
            {row.error.message.replace(/[.\s]*$/, '.')} {row.error.hint}
          </span>
        ) : null}
      </span>
    ),
  },
  {
    key: 'copies',
    head: 'Copies',
    cell: (row) => <Copies of={row.copies} isKnown={row.status === 'reachable'} />,
  },
  { key: 'used', head: 'Used', align: 'right', cell: (row) => <Bytes of={row.usedBytes} /> },
  {
    key: 'free',
    head: 'Free',
    align: 'right',
    cell: (row) =>
      row.freeBytes === null ? (
        <span className="text-ink-faint">not told</span>
      ) : (
        <Bytes of={row.freeBytes} />
      ),
  },
  {
    key: 'targets',
    head: 'Used by',
    cell: (row) =>
      row.targets.length > 0 ? (
        <span className="flex flex-wrap gap-x-2 max-sm:justify-end">
          {row.targets.map((target) => (
            <span key={target} className="whitespace-nowrap">
              {target}
            </span>
          ))}
        </span>
      ) : (
        <span className="text-ink-faint">no policy</span>
      ),
  },
]

/** What a store holds that does not answer is what it held when it did: neither good now nor lost. */
function Copies({ of, isKnown }: { of: ShownStore['copies']; isKnown: boolean }) {
  const bad = (['damaged', 'missing', 'failed'] as const).filter((state) => of[state] > 0)
  if (of.good + of.writing === 0 && bad.length === 0) return <span className="text-ink-faint">none</span>
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5 max-sm:justify-end">
      {of.good > 0 ? (
        <StatusDot
          status={isKnown ? 'good' : 'unknown'}
          label={isKnown ? `${of.good} good` : `${of.good} not seen now`}
        />
      ) : null}
      {of.writing > 0 ? <StatusDot status="running" label={`${of.writing} being made`} /> : null}
      {bad.map((state) => (
        <StatusDot key={state} status={state} label={`${of[state]} ${state}`} />
      ))}
    </span>
  )
}

const targetColumns: TableColumn<TargetPlaces>[] = [
  {
    key: 'target',
    head: 'Database',
    lead: true,
    cell: (row) => <span className="font-medium whitespace-nowrap">{row.target}</span>,
  },
  {
    key: 'stores',
    head: 'Stores, the first takes the archive',
    cell: (row) => row.stores.join(' → '),
  },
  {
    key: 'rule',
    head: 'Copies',
    cell: (row) => (
      <span className="flex flex-wrap gap-1 max-sm:justify-end">
        <Badge tone={row.copies >= 3 ? 'good' : 'warn'}>{row.copies} with the database itself</Badge>
        <Badge tone={row.isElsewhere ? 'good' : 'warn'}>
          {row.isElsewhere ? 'one elsewhere' : 'none elsewhere'}
        </Badge>
        {row.isLocked ? <Badge tone="good">one locked</Badge> : null}
      </span>
    ),
  },
  {
    key: 'lacks',
    head: 'What is missing',
    cell: (row) =>
      row.lacks.length === 0 ? (
        <span className="text-ink-soft">Nothing.</span>
      ) : (
        <ul className="grid max-w-prose gap-0.5 text-ink-soft">
          {row.lacks.map((lack) => (
            <li key={lack}>{lack}</li>
          ))}
        </ul>
      ),
  },
]

function Adding() {
  return (
    <Panel
      title="Add a store"
      about="At a terminal of the host: the secret key is typed there or comes from the environment, and is sealed"
    >
      <div className="grid gap-3 text-sm">
        <div className="grid gap-1">
          <p>A directory, best on another disk:</p>
          <Code label="command">holdfast stores add cellar --directory /mnt/backup/holdfast</Code>
        </div>
        <div className="grid gap-1">
          <p>
            A bucket of AWS or of any server that speaks S3; with object lock nobody can delete from it for a
            time:
          </p>
          <Code label="command">
            holdfast stores add offsite --s3-bucket BUCKET --s3-region eu-central-1 --lock-days 30
          </Code>
          <Code label="command">
            holdfast stores add rack --s3-bucket BUCKET --s3-endpoint https://minio.internal:9000 --path-style
            --allow-private
          </Code>
        </div>
        <p className="text-ink-soft">
          Then name it under “stores” in a policy. Archives that are there already are copied to it by
          themselves, the newest first.
        </p>
      </div>
    </Panel>
  )
}
