'use client'

import Link from 'next/link'
import type { Loaded } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import { VerdictBadge } from '#components/deployments/verdict-badge.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Table } from '#components/ui/table.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import type { Deployment } from '#lib/deployments/types.ts'
import type { Target } from '#lib/targets/types.ts'
import { ValidateDialog } from './validate-dialog.tsx'

interface DeploymentsData {
  role: Role
  target: Target
  deployments: Deployment[]
}

export function DeploymentsScreen({ loaded }: { loaded: Loaded<DeploymentsData> }) {
  const { data } = useLoaded(loaded)
  const { role, target, deployments } = data
  const approved = deployments.filter((each) => each.verdict === 'APPROVED').length
  return (
    <>
      <PageHeader
        title="Deployments"
        about="A change is APPROVED only after it was rehearsed, forward and back, on a restored copy, and its effect on the live rows was read."
        actions={
          can(role, 'deployments.request') ? (
            <ValidateDialog targetId={target.id} targetName={target.name} />
          ) : null
        }
      />
      <Panel
        title="Validations"
        about={deployments.length > 0 ? `${approved} of the last ${deployments.length} approved` : undefined}
        flush
      >
        <Table
          label="Deployments"
          rows={deployments}
          rowKey={(row) => row.id}
          empty={
            <EmptyState title="No change was validated yet">
              <p>
                Nothing stands between a migration and {target.name} so far. In a pipeline, this one command
                is the gate:
              </p>
              <Code label="command" className="mt-2 text-left">
                {`holdfast deployments validate ${target.name} --migration up.sql --rollback down.sql`}
              </Code>
            </EmptyState>
          }
          columns={[
            {
              key: 'title',
              head: 'Change',
              lead: true,
              cell: (row) => (
                <Link href={`/deployments/${row.id}`} className="text-accent hover:underline">
                  #{row.number} {row.title}
                </Link>
              ),
            },
            { key: 'verdict', head: 'Verdict', cell: (row) => <VerdictBadge deployment={row} /> },
            {
              key: 'reason',
              head: 'Why',
              wide: true,
              cell: (row) => <span className="line-clamp-2 text-ink-soft">{row.reasons[0] ?? '—'}</span>,
            },
            {
              key: 'took',
              head: 'Took',
              align: 'right',
              cell: (row) =>
                row.startedAt && row.finishedAt ? (
                  <Duration ms={Date.parse(row.finishedAt) - Date.parse(row.startedAt)} />
                ) : (
                  '—'
                ),
            },
            { key: 'by', head: 'Requested by', wide: true, cell: (row) => row.requestedBy },
            { key: 'at', head: 'When', align: 'right', cell: (row) => <Time at={row.createdAt} /> },
          ]}
        />
      </Panel>
    </>
  )
}
