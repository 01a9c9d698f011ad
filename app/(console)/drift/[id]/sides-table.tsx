import { Badge } from '#components/ui/badge.tsx'
import { Table } from '#components/ui/table.tsx'
import type { ShownTable } from './comparison-screen.tsx'

type Sample = ShownTable['samples'][number]

interface Shown {
  samples: readonly Sample[]
  master: string
  target: string
  label: string
}

const tones = { missing: 'bad', changed: 'warn', extra: 'accent' } as const

/** A phone shows a few without scrolling far. */
const shownAtOnce = 3

function Values({ of: values }: { of: Record<string, string | null> | undefined }) {
  if (!values) return <span className="text-ink-faint">not there</span>
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-0.5 font-mono text-xs max-sm:justify-end max-sm:text-right">
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
export function SidesTable(shown: Shown) {
  const { samples } = shown
  if (samples.length === 0) return null
  const more = samples.slice(shownAtOnce)
  return (
    <>
      <Rows {...shown} samples={samples.slice(0, shownAtOnce)} />
      {more.length > 0 ? (
        <details className="group mt-1">
          <summary className="flex min-h-8 cursor-pointer items-center text-sm text-accent group-open:hidden max-sm:min-h-11">
            {more.length} more
          </summary>
          <Rows {...shown} samples={more} label={`${shown.label}, more`} />
        </details>
      ) : null}
    </>
  )
}

function Rows({ samples, master, target, label }: Shown) {
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
