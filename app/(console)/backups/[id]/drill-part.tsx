import type { ReactNode } from 'react'
import type { Wire } from '#app/_web/wire.ts'
import { StatusDot, statusWord } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import type { Drill } from '#lib/backups/types.ts'
import { countOf } from '#lib/format/format-count.ts'
import { outcomeOf } from '../drill-words.ts'
import { PhaseBar } from '../phase-bar.tsx'

type ShownDrill = Wire<Drill>

const shownDifferences = 50

const More = ({
  title,
  open = false,
  children,
}: {
  title: ReactNode
  open?: boolean
  children: ReactNode
}) => (
  <details open={open} className="text-sm">
    <summary className="cursor-pointer text-ink-soft">{title}</summary>
    <div className="mt-1.5">{children}</div>
  </details>
)

function Differences({ differences }: { differences: ShownDrill['differences'] }) {
  if (differences.length === 0) return null
  return (
    <More title={countOf(differences.length, 'difference')} open>
      <Table
        label="Differences"
        rows={differences.slice(0, shownDifferences)}
        rowKey={({ subject, kind, expected }) => `${subject}-${kind}-${expected}`}
        columns={[
          { key: 'subject', head: 'In', lead: true, cell: ({ subject }) => subject },
          { key: 'kind', head: 'What', cell: ({ kind }) => kind },
          {
            key: 'expected',
            head: 'Expected',
            cell: ({ expected }) => <code className="font-mono text-xs break-all">{expected}</code>,
          },
          {
            key: 'found',
            head: 'Found',
            cell: ({ found }) => <code className="font-mono text-xs break-all">{found}</code>,
          },
        ]}
      />
      {differences.length > shownDifferences ? (
        <p className="mt-1 text-xs text-ink-faint">and {differences.length - shownDifferences} more</p>
      ) : null}
    </More>
  )
}

function Checks({ checks }: { checks: ShownDrill['checks'] }) {
  if (checks.length === 0) return null
  const notHealthy = checks.filter(({ status }) => status !== 'healthy')
  return (
    <More
      title={
        notHealthy.length === 0
          ? `${countOf(checks.length, 'health check')} on the copy: all healthy`
          : `${countOf(checks.length, 'health check')} on the copy: ${notHealthy.length} not healthy`
      }
    >
      <ul className="grid gap-1">
        {[...notHealthy, ...checks.filter(({ status }) => status === 'healthy')].map((one) => (
          <li key={one.check} className="flex flex-wrap items-baseline gap-x-2">
            <StatusDot status={one.status} label={one.title} />
            <span className="text-xs text-ink-soft">
              {one.details}
              {one.status !== 'healthy' && one.atSource
                ? one.atSource === one.status
                  ? ' The source said the same.'
                  : ` The source said ${statusWord(one.atSource)}.`
                : ''}
            </span>
          </li>
        ))}
      </ul>
    </More>
  )
}

function Unchecked({ unchecked }: { unchecked: ShownDrill['unchecked'] }) {
  if (unchecked.length === 0) return null
  return (
    <More title={`${countOf(unchecked.length, 'thing')} not looked at`}>
      <ul className="grid gap-1">
        {unchecked.map(({ what, why, hint }) => (
          <li key={`${what}-${why}`}>
            <span className="font-medium">{what}</span>
            <span className="text-ink-soft">
              : {why}
              {hint ? ` ${hint}` : ''}
            </span>
          </li>
        ))}
      </ul>
    </More>
  )
}

/** One drill with all that it found, and what it could not look at. */
export function DrillPart({ drill, store }: { drill: ShownDrill; store: string | null }) {
  return (
    <article className="grid gap-2 border-b border-line px-4 py-3 last:border-b-0">
      <h3 className="flex flex-wrap items-baseline gap-x-3 text-sm">
        <StatusDot status={drill.verdict ?? drill.status} />
        <span className="font-normal text-ink-soft">
          <Time at={drill.finishedAt ?? drill.createdAt} />
          {store ? `, the copy in ${store}` : ''}
          {drill.recoveryMs === null ? null : (
            <>
              , proven in <Duration ms={drill.recoveryMs} />
            </>
          )}
          {drill.serverVersion ? `, on PostgreSQL ${drill.serverVersion}` : ''}
        </span>
      </h3>
      {drill.differences.length === 0 ? <p className="text-sm">{outcomeOf(drill)}</p> : null}
      {drill.error?.hint ? <p className="text-sm text-ink-soft">{drill.error.hint}</p> : null}
      <PhaseBar phases={drill.phases} />
      <Differences differences={drill.differences} />
      <Checks checks={drill.checks} />
      <Unchecked unchecked={drill.unchecked} />
    </article>
  )
}
