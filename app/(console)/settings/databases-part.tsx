'use client'

import Link from 'next/link'
import { StepUpButton } from '#components/operations/step-up-button.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatCount } from '#lib/format/format-count.ts'
import { proveStepUpAction, removeTargetAction } from './actions.ts'
import { AddDatabase } from './add-database.tsx'
import { PreflightPanel } from './preflight-panel.tsx'
import type { SettingsData } from './settings-screen.tsx'

type ShownTarget = SettingsData['targets'][number]

export function DatabasesPart({ data }: { data: SettingsData }) {
  const { targets, role, current } = data
  return (
    <div className="grid gap-4">
      <Panel
        title="Databases"
        about="What Holdfast protects"
        flush
        actions={can(role, 'targets.add') ? <AddDatabase /> : undefined}
      >
        <Table
          label="Databases"
          rows={targets}
          rowKey={(row) => row.id}
          columns={columns}
          empty={
            <EmptyState title="Nothing is protected yet">
              <p>From a terminal of the host:</p>
              <Code label="command" className="mt-2 text-left">
                holdfast targets add NAME --url postgresql://user:password@host:5432/database
              </Code>
            </EmptyState>
          }
        />
      </Panel>
      <Requests data={data} />
      {current ? <PreflightPanel data={data} current={current} /> : null}
      {current && current.target.kind === 'application' && can(role, 'targets.remove') ? (
        <Removal name={current.target.name} />
      ) : null}
    </div>
  )
}

const columns: TableColumn<ShownTarget>[] = [
  {
    key: 'name',
    head: 'Name',
    lead: true,
    cell: (row) => (
      <Link
        href={`/settings?target=${encodeURIComponent(row.name)}`}
        className="font-medium text-accent hover:underline"
      >
        {row.name}
      </Link>
    ),
  },
  {
    key: 'environment',
    head: 'Environment',
    cell: (row) => (row.kind === 'control' ? 'Holdfast’s own' : row.environment),
  },
  {
    key: 'place',
    head: 'Place',
    className: 'break-all',
    cell: (row) => (
      <span className="font-mono text-xs">
        {row.host}:{row.port}/{row.databaseName}
      </span>
    ),
  },
  { key: 'version', head: 'PostgreSQL', cell: (row) => row.serverVersion },
  { key: 'tables', head: 'Tables', align: 'right', cell: (row) => formatCount(row.tables) },
  {
    key: 'status',
    head: 'Status',
    cell: (row) => (
      <StatusDot
        status={row.status === 'reachable' ? 'good' : 'failed'}
        label={
          row.status === 'reachable'
            ? 'reachable'
            : row.status === 'needs-credentials'
              ? 'needs credentials'
              : 'does not answer'
        }
      />
    ),
  },
  { key: 'since', head: 'Since', align: 'right', cell: (row) => <Time at={row.statusAt} /> },
]

/** What was asked for on this page: added by the worker, or refused with the reason. */
function Requests({ data: { requests } }: { data: SettingsData }) {
  const open = requests.filter(({ status }) => status !== 'added')
  if (open.length === 0) return null
  return (
    <Panel title="Asked for" about="The worker connects and adds; this page never opens a database">
      <ul className="grid gap-2">
        {open.map((request) => (
          <li key={request.id} className="text-sm">
            <span className="flex flex-wrap items-center gap-x-3">
              <strong>{request.name}</strong>
              <span className="font-mono text-xs break-all text-ink-soft">{request.place}</span>
              {request.status === 'queued' ? (
                <StatusDot status="queued" label="waiting for a worker" />
              ) : (
                <Badge tone="bad">not added</Badge>
              )}
              <Time at={request.createdAt} className="text-xs text-ink-faint" />
            </span>
            {request.refusal ? (
              <p className="mt-0.5">
                {request.refusal.reason} <span className="text-ink-soft">{request.refusal.hint}</span>
              </p>
            ) : null}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Removal({ name }: { name: string }) {
  return (
    <Panel title="Stop protecting it">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-sm text-ink-soft">
          Its credentials are forgotten and it leaves every list. History and archives stay. Guards in the
          database stay too: remove them first.
        </p>
        <StepUpButton
          label={`Remove ${name}`}
          title={`Stop protecting ${name}`}
          about="Nothing in the database itself is changed."
          boundTo={`targets:remove:${name}`}
          prove={proveStepUpAction}
          act={removeTargetAction}
          input={{ name }}
          typedName={{ value: name, field: 'typedName', label: 'Name of the target' }}
          variant="danger-outline"
          done={`${name} is not protected any more`}
        />
      </div>
    </Panel>
  )
}
