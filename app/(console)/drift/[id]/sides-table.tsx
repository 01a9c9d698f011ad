import { Badge } from '#components/ui/badge.tsx'
import { Table } from '#components/ui/table.tsx'
import type { ShownTable } from './comparison-screen.tsx'

type Sample = ShownTable['samples'][number]

const tones = { missing: 'bad', changed: 'warn', extra: 'accent' } as const

function Values({ of: values }: { of: Record<string, string | null> | undefined }) {
  if (!values) return <span className="text-ink-faint">not there</span>
  return (
    <dl className="grid gap-0.5 font-mono text-xs max-sm:text-right">
      {Object.entries(values).map(([column, value]) => (
        <div key={column} className="wrap-anywhere">
          <dt className="inline text-ink-faint">{column} </dt>
          <dd className={value === null ? 'inline italic' : 'inline'}>{value ?? 'null'}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A few of the rows that differ: the master's values on the left, the other's on the right. */
export function SidesTable({
  samples,
  master,
  target,
  label,
}: {
  samples: readonly Sample[]
  master: string
  target: string
  label: string
}) {
  if (samples.length === 0) return null
  return (
    <Table
      label={`Rows of ${label} that differ`}
      rows={samples}
      rowKey={(row) => `${row.kind}-${row.key}`}
      className="-mx-4"
      columns={[
        {
          key: 'key',
          head: 'Row',
          lead: true,
          className: 'align-top',
          cell: (row) => (
            <span className="flex flex-wrap items-center gap-2">
              <Badge tone={tones[row.kind]}>{row.kind}</Badge>
              <span className="font-mono text-xs wrap-anywhere">{row.key}</span>
            </span>
          ),
        },
        { key: 'master', head: master, className: 'align-top', cell: (row) => <Values of={row.master} /> },
        { key: 'target', head: target, className: 'align-top', cell: (row) => <Values of={row.target} /> },
      ]}
    />
  )
}
