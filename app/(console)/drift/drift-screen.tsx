'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { formatCount } from '#lib/format/format-count.ts'
import { requestComparisonAction } from './actions.ts'
import { CompareForm } from './compare-form.tsx'
import { ComparisonState } from './comparison-state.tsx'
import { MirrorCard } from './mirror-card.tsx'
import type { driftRead } from './queries.ts'

type Data = Wire<ReadData<typeof driftRead>>
export type ShownMirror = Data['mirrors'][number]
type ShownComparison = Data['comparisons'][number]

const isOpen = ({ status }: { status: string }): boolean => status === 'queued' || status === 'running'

export function DriftScreen({ loaded }: { loaded: Loaded<ReadData<typeof driftRead>> }) {
  const { data } = useLoaded(loaded)
  const { target, mirrors, targets, role } = data
  const others = targets.filter((name) => name !== target.name)
  return (
    <>
      <PageHeader
        title="Drift"
        about={`Whether ${target.name} has what another database has, down to the row, in both directions.`}
        actions={<CompareNow data={data} />}
      />
      <div className="grid gap-4">
        {mirrors.length > 0 ? (
          <div className="grid gap-4 xl:grid-cols-2">
            {mirrors.map((mirror) => (
              <MirrorCard key={mirror.name} mirror={mirror} target={target.name} />
            ))}
          </div>
        ) : (
          <NoMirrors data={data} />
        )}
        {can(role, 'drift.compare') && others.length > 0 && target.kind === 'application' ? (
          <CompareForm target={target.name} targets={targets} />
        ) : null}
        <Panel title="Comparisons" about={`That ${target.name} took part in, newest first`} flush>
          <Table
            label="Comparisons"
            rows={data.comparisons}
            rowKey={(row) => row.id}
            columns={columns}
            empty={
              <EmptyState title="Nothing was compared yet">
                <p>Equal counts say little: only rows that were read on both sides are known to be alike.</p>
              </EmptyState>
            }
          />
        </Panel>
      </div>
    </>
  )
}

function CompareNow({ data: { role, target, mirrors, comparisons } }: { data: Data }) {
  const compare = useAction(requestComparisonAction, { quiet: true, done: 'The comparison is under way' })
  if (mirrors.length === 0 || !can(role, 'drift.compare')) return null
  const isBusy = comparisons.some((one) => one.mirror !== null && isOpen(one))
  return (
    <div className="grid gap-2">
      <Button
        variant="primary"
        className="justify-self-end"
        pending={compare.pending || isBusy}
        onClick={() => void compare.run({ target: target.name })}
      >
        {isBusy ? 'Comparing' : 'Compare all now'}
      </Button>
      <Refusal of={compare.refusal} />
    </div>
  )
}

const columns = [
  {
    key: 'pair',
    head: 'Compared',
    lead: true,
    cell: (row: ShownComparison) => (
      <Link href={`/drift/${row.id}`} className="text-accent hover:underline">
        {row.targetName} against {row.masterName}
      </Link>
    ),
  },
  {
    key: 'mirror',
    head: 'Mirror',
    wide: true,
    cell: (row: ShownComparison) => row.mirror ?? <span className="text-ink-faint">by hand</span>,
  },
  { key: 'state', head: 'State', cell: (row: ShownComparison) => <ComparisonState of={row} /> },
  {
    key: 'tables',
    head: 'Tables',
    align: 'right' as const,
    wide: true,
    cell: (row: ShownComparison) => formatCount(row.tables),
  },
  ...(['missing', 'extra', 'changed', 'orphans'] as const).map((kind) => ({
    key: kind,
    head: kind[0]!.toUpperCase() + kind.slice(1),
    align: 'right' as const,
    cell: (row: ShownComparison) =>
      row.status === 'compared' ? (
        <span className={row[kind] > 0 ? 'font-medium text-bad' : 'text-ink-faint'}>
          {formatCount(row[kind])}
        </span>
      ) : (
        <span className="text-ink-faint">—</span>
      ),
  })),
  {
    key: 'by',
    head: 'By',
    wide: true,
    cell: (row: ShownComparison) => formatActorName(row.requestedBy),
  },
  {
    key: 'at',
    head: 'At',
    align: 'right' as const,
    cell: (row: ShownComparison) => <Time at={row.finishedAt ?? row.createdAt} />,
  },
]

function NoMirrors({ data: { target, targets } }: { data: Data }) {
  const master = targets.find((name) => name !== target.name)
  return (
    <Card>
      <EmptyState title={`${target.name} mirrors nothing`}>
        <p>
          Where two databases keep the same tables, they drift apart unnoticed: rows go missing on one side
          while the counts stay equal. Name the tables and their master in the policy, and Holdfast compares
          them row by row on schedule, and tells when they differ.
        </p>
        {master ? (
          <>
            <Code label="policy" className="mt-3 text-left">
              {`"mirrors": [\n  { "name": "core", "master": "${master}", "tables": ["public.clients", "public.leads"] }\n]`}
            </Code>
            <Code label="command" className="mt-2 text-left">
              {`holdfast policy apply ${target.name} policy.json`}
            </Code>
          </>
        ) : (
          <>
            <p className="mt-3">The other database has to be a target, too:</p>
            <Code label="command" className="mt-2 text-left">
              holdfast targets add NAME --url postgresql://user:password@host:5432/database
            </Code>
          </>
        )}
      </EmptyState>
    </Card>
  )
}
