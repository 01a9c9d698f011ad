'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { TimeSeriesChart } from '#components/charts/time-series-chart.tsx'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Code } from '#components/ui/code.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { StatusDot, statusWord } from '#components/ui/status-dot.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import { formatUtc } from '#lib/format/format-time.ts'
import { checkHref, type HealthData } from './health-screen.tsx'

type Opened = NonNullable<HealthData['opened']>

const units: Record<string, string> = {
  rows: 'rows',
  membership: 'people',
  references: 'rows',
  codes: 'rows',
}

/** One check in full: the finding, who it is about, what helps, how it was over time, and the SQL behind it. */
export function CheckSheet({ data: { opened, target } }: { data: HealthData }) {
  const router = useRouter()
  const close = () => router.push(checkHref(target.name, null), { scroll: false })
  if (!opened) return null
  return (
    <Dialog
      open
      onOpenChange={(open) => open || close()}
      side="right"
      className="max-w-2xl"
      title={opened.title}
      about={<code className="text-xs break-all">{opened.check}</code>}
    >
      <div className="grid gap-5">
        <Finding opened={opened} target={target.name} />
        <History opened={opened} target={target.name} />
        {opened.samples.length > 0 ? <Samples opened={opened} /> : null}
        {opened.statement ? (
          <section>
            <h3 className="mb-1 text-xs font-medium text-ink-soft">The exact SQL behind it</h3>
            <Code label="SQL">{opened.statement}</Code>
          </section>
        ) : null}
      </div>
    </Dialog>
  )
}

/** Where the damage that a check shows is undone. */
const acts: Record<string, { title: string; href: string }> = {
  membership: { title: 'Give them access back', href: '/recovery' },
  rows: { title: 'Restore what was lost', href: '/restores' },
  references: { title: 'Restore what was lost', href: '/restores' },
}

function Finding({ opened, target }: { opened: Opened; target: string }) {
  const act = opened.status === 'unhealthy' ? acts[opened.area] : undefined
  return (
    <section className="grid gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <StatusDot status={opened.status} />
        {opened.status === 'unhealthy' ? <SeverityBadge severity={opened.severity} /> : null}
        <span className="text-ink-soft">
          since <Time at={opened.since} />, looked at <Time at={opened.checkedAt} />
          {opened.durationMs === null ? null : (
            <>
              {' '}
              in <Duration ms={opened.durationMs} />
            </>
          )}
        </span>
      </div>
      <p className="break-words">{opened.details}</p>
      {opened.remedy ? (
        <div>
          <h3 className="mb-1 text-xs font-medium text-ink-soft">What helps</h3>
          <Code label="remedy">{opened.remedy}</Code>
        </div>
      ) : null}
      {act ? (
        <Button asChild variant="primary" className="justify-self-start">
          <Link href={`${act.href}?target=${encodeURIComponent(target)}`}>{act.title}</Link>
        </Button>
      ) : null}
    </section>
  )
}

const ranges = [
  { hours: 24, label: '24 hours' },
  { hours: 168, label: '7 days' },
  { hours: 336, label: '14 days' },
  { hours: 1_440, label: '60 days' },
]

function History({ opened, target }: { opened: Opened; target: string }) {
  const { history, hours } = opened
  return (
    <section>
      <nav aria-label="Time shown" className="mb-2 flex gap-1 text-sm">
        {ranges.map((range) => (
          <Link
            key={range.hours}
            href={checkHref(target, opened.check, range.hours)}
            scroll={false}
            aria-current={range.hours === hours ? 'page' : undefined}
            className={classNames(
              'rounded-md px-2 py-1',
              range.hours === hours ? 'bg-accent-tint text-accent' : 'text-ink-soft hover:bg-sunken',
            )}
          >
            {range.label}
          </Link>
        ))}
      </nav>
      <TimeSeriesChart
        label={opened.title}
        height={180}
        {...(units[opened.area] ? { unit: units[opened.area] } : {})}
        fromZero={opened.area !== 'rows'}
        series={[
          {
            key: 'measured',
            label: opened.title,
            points: history.map(({ at, measured }) => ({ at, value: measured })),
          },
        ]}
      />
      <StatusStrip history={history} />
    </section>
  )
}

const fills: Record<string, string> = {
  healthy: 'bg-good',
  unhealthy: 'bg-bad',
  'no-data': 'bg-sunken border-y border-line-strong border-dashed',
}

interface Stretch {
  from: string
  status: string
  intervals: number
}

function stretchesOf(history: Opened['history']): Stretch[] {
  const stretches: Stretch[] = []
  for (const { at, status } of history) {
    const last = stretches.at(-1)
    if (last?.status === status) last.intervals++
    else stretches.push({ from: at, status, intervals: 1 })
  }
  return stretches
}

/** The status over the same time. "No data" is a hole, never a colour of health; a short loss stays visible. */
function StatusStrip({ history }: { history: Opened['history'] }) {
  if (history.length === 0) return null
  const bad = history.filter(({ status }) => status === 'unhealthy').length
  return (
    <div
      role="img"
      className="mt-2 flex h-3 overflow-hidden rounded"
      aria-label={`Status over time: ${bad} of ${history.length} intervals unhealthy`}
    >
      {stretchesOf(history).map(({ from, status, intervals }) => (
        <span
          key={from}
          title={`${statusWord(status)} from ${formatUtc(from)}`}
          style={{ flexGrow: intervals }}
          className={classNames(status === 'healthy' ? 'min-w-0' : 'min-w-1', fills[status])}
        />
      ))}
    </div>
  )
}

function Samples({ opened: { samples, affected } }: { opened: Opened }) {
  return (
    <section>
      <h3 className="mb-1 text-xs font-medium text-ink-soft">
        {affected !== null && affected > samples.length
          ? `The first ${samples.length} of ${affected}`
          : 'Which'}
      </h3>
      <ul className="divide-y divide-line rounded-md border border-line text-sm">
        {samples.map(({ id, label, note }) => (
          <li key={id} className="flex flex-wrap justify-between gap-x-4 px-3 py-1">
            <span className="min-w-0 break-all">{label ?? id}</span>
            <span className="font-mono text-xs break-all text-ink-faint">{label ? id : note}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
