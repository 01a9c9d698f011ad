'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import { checkHref } from './areas.ts'
import { CheckHistory } from './check-history.tsx'
import { CheckLog } from './check-log.tsx'
import type { HealthData } from './health-screen.tsx'

export type Opened = NonNullable<HealthData['opened']>

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
        <CheckHistory opened={opened} target={target.name} />
        {opened.samples.length > 0 ? <Samples opened={opened} /> : null}
        {opened.statement ? (
          <section>
            <h3 className="mb-1 text-xs font-medium text-ink-soft">The exact SQL behind it</h3>
            <Code label="SQL">{opened.statement}</Code>
          </section>
        ) : null}
        <CheckLog opened={opened} target={target.name} />
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
      {opened.check === 'schema.changes' ? (
        <Button asChild className="justify-self-start">
          <Link href={`/health/schema?target=${encodeURIComponent(target)}`}>See the change log</Link>
        </Button>
      ) : null}
      {act ? (
        <Button asChild variant="primary" className="justify-self-start">
          <Link href={`${act.href}?target=${encodeURIComponent(target)}`}>{act.title}</Link>
        </Button>
      ) : null}
    </section>
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
