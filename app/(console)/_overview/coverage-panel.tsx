'use client'

import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { Sparkline } from '#components/charts/sparkline.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Change } from '#components/ui/numbers.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatChange, formatCount } from '#lib/format/format-count.ts'
import { isGuarding } from '#lib/guards/types.ts'
import type { Overview } from '#lib/overview/types.ts'

type Row = Wire<Overview>['coverage'][number]

function Covered({ at, href, none }: { at: string | null; href: string; none: string }) {
  if (!at) return <StatusDot status="missing" label={none} className="text-ink-soft" />
  return (
    <Link href={href} className="inline-flex items-center gap-1.5 hover:underline">
      <StatusDot status="good" bare />
      <span className="whitespace-nowrap">
        <Time at={at} />
      </span>
    </Link>
  )
}

const guardWords: Record<Row['guard'], string> = {
  installed: 'guarded',
  outdated: 'guarded, to be renewed',
  missing: 'no guard',
  tampered: 'tampered with',
  unsupported: 'cannot be guarded',
  'never-verified': 'not looked at yet',
}

/** A table in two lines: how many rows, and which of the four hold it. */
function PhoneRow({ row }: { row: Row }) {
  const held: [string, boolean][] = [
    ['guard', isGuarding(row.guard)],
    ['snapshot', row.snapshotAt !== null],
    ['archive', row.archiveAt !== null],
    ['proof', row.drilledAt !== null],
  ]
  return (
    <li className="grid gap-1 border-b border-line px-4 py-2 last:border-b-0">
      <div className="flex items-baseline gap-3">
        <span className="mr-auto min-w-0 truncate">
          <TableNameText name={row.table} />
        </span>
        <Change of={row.change} />
        <span className="min-w-14 text-right font-medium">{formatCount(row.rows)}</span>
      </div>
      <div className="flex gap-3 text-2xs text-ink-soft">
        {held.map(([what, has]) => (
          <StatusDot key={what} status={has ? 'good' : 'missing'} label={has ? what : `no ${what}`} />
        ))}
      </div>
    </li>
  )
}

/** Every table that matters: how many rows, how that changed, and what holds it. */
export function CoveragePanel({ overview: { coverage, target, protection } }: { overview: Wire<Overview> }) {
  const of = `?target=${encodeURIComponent(target.name)}`
  const columns: TableColumn<Row>[] = [
    {
      key: 'table',
      head: 'Table',
      lead: true,
      cell: ({ table }) => <TableNameText name={table} />,
    },
    {
      key: 'rows',
      head: 'Rows',
      align: 'right',
      cell: ({ rows }) =>
        rows === null ? <span className="text-ink-faint">not counted</span> : formatCount(rows),
    },
    {
      key: 'change',
      head: '24 h',
      align: 'right',
      cell: ({ change }) => <Change of={change} />,
    },
    {
      key: 'trend',
      head: '14 days',
      wide: true,
      cell: ({ table, trend, change }) => (
        <Sparkline
          values={trend}
          tone={change !== null && change < 0 ? 'bad' : 'accent'}
          label={`Rows of ${table} over 14 days${change === null ? '' : `, ${formatChange(change)} since yesterday`}`}
        />
      ),
    },
    {
      key: 'guard',
      head: 'Guard',
      cell: ({ guard }) => (
        <Link href={`/guards${of}`} className="hover:underline">
          <StatusDot status={guard === 'never-verified' ? 'no-data' : guard} label={guardWords[guard]} />
        </Link>
      ),
    },
    {
      key: 'snapshot',
      head: 'Snapshot',
      cell: ({ snapshotAt }) => (
        <Covered at={snapshotAt} href={`/backups/${protection.snapshot?.id}`} none="none" />
      ),
    },
    {
      key: 'archive',
      head: 'Archive',
      cell: ({ archiveAt }) => (
        <Covered at={archiveAt} href={`/backups/${protection.archive?.id}`} none="none" />
      ),
    },
    {
      key: 'drill',
      head: 'Proven',
      cell: ({ drilledAt }) => <Covered at={drilledAt} href={`/backups${of}#drills`} none="never" />,
    },
  ]
  return (
    <Panel title="Protected tables" about="Rows as last counted, and what holds each table." flush>
      <ul className="sm:hidden" aria-label="Protected tables">
        {coverage.map((row) => (
          <PhoneRow key={row.table} row={row} />
        ))}
      </ul>
      <Table
        label="Protected tables"
        className="max-sm:hidden"
        columns={columns}
        rows={coverage}
        rowKey={({ table }) => table}
        empty={
          <EmptyState title="No table is protected">
            The policy of {target.name} names no protected table, so there are no guards, no snapshots and no
            row counts.
          </EmptyState>
        }
      />
    </Panel>
  )
}
