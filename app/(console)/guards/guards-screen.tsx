'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel, Stat } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import { BlockedTimeline } from './blocked-timeline.tsx'
import { CoverageTable } from './coverage-table.tsx'
import { DeletesTable } from './deletes-table.tsx'
import { GuardButtons } from './guard-buttons.tsx'
import type { guardsRead } from './queries.ts'

type Data = Wire<ReadData<typeof guardsRead>>

const workTitles: Record<string, string> = {
  'guards.install': 'Installing guards',
  'guards.remove': 'Removing guards',
  'guards.verify': 'Verifying guards',
}

const sum = (rows: readonly { rows: number | null }[]): number =>
  rows.reduce((total, row) => total + (row.rows ?? 0), 0)

function Summary({ data }: { data: Data }) {
  const { tables, blocked, deletes } = data
  const whole = tables.filter((table) => table.guard === 'installed').length
  const tampered = tables.filter((table) => table.guard === 'tampered').length
  const newest = tables.find((table) => table.verifiedAt)?.verifiedAt ?? null
  return (
    <Card className="mb-4 grid grid-cols-2 gap-x-4 gap-y-3 px-4 py-3 md:grid-cols-4">
      <Stat
        label="Tables guarded"
        tone={tables.length > 0 && whole === tables.length ? 'good' : 'bad'}
        value={`${whole} of ${tables.length}`}
        note={tampered > 0 ? `${tampered} tampered with` : 'of those the policy protects'}
      />
      <Stat
        label="Verified"
        tone={newest ? 'plain' : 'bad'}
        value={newest ? <Time at={newest} /> : 'never'}
        note="compared with the live catalog every minute"
      />
      <Stat
        label="Refused"
        value={formatCount(blocked.length)}
        note={blocked[0] ? <Time at={blocked[0].at} /> : 'no attempt so far'}
      />
      <Stat
        label="Let go, in the journal"
        value={`${formatCount(sum(deletes.filter((entry) => entry.kind === 'deleted')))} rows`}
        note={deletes[0] ? <Time at={deletes[0].lastAt} /> : 'nothing so far'}
      />
    </Card>
  )
}

function Gaps({ data }: { data: Data }) {
  const gaps = data.survey?.gaps ?? []
  return (
    <Panel
      title="Known ways past the guards"
      about="What they do not stop here, and what watches it instead."
    >
      {gaps.length === 0 ? (
        <p className="text-sm text-ink-soft">Not known yet: verify the guards once.</p>
      ) : (
        <dl className="grid gap-3 text-sm">
          {gaps.map((gap) => (
            <div key={gap.what}>
              <dt className="font-medium">{gap.what}</dt>
              <dd className="text-ink-soft">{gap.why}</dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  )
}

function Plan({ data }: { data: Data }) {
  const statements = data.survey?.statements ?? []
  if (statements.length === 0) return null
  return (
    <Panel
      title="What an installation would run"
      about={`${statements.length} statements, each in its own short transaction. Nothing else.`}
      className="mb-4"
    >
      <Code label="SQL of the plan">
        {statements.map((statement) => `${statement.trim().replace(/;$/, '')};`).join('\n\n')}
      </Code>
    </Panel>
  )
}

export function GuardsScreen({ loaded }: { loaded: Loaded<ReadData<typeof guardsRead>> }) {
  const { data } = useLoaded(loaded)
  const { role, target, tables, survey, work } = data
  const busy = work !== null && work.status !== 'failed'
  const known = tables.some((table) => table.guard === 'installed' || table.guard === 'tampered')
  return (
    <>
      <PageHeader
        title="Guards"
        about="Triggers inside the database that refuse to lose data, count what goes, and keep an image of each row they let go."
        actions={
          <GuardButtons
            role={role}
            target={target.name}
            busy={busy}
            isInstalled={survey !== null && survey.statements.length === 0}
            isKnown={known}
          />
        }
      />
      {work ? (
        <Panel title={workTitles[work.kind] ?? work.kind} className="mb-4">
          <PhaseList run={work} />
        </Panel>
      ) : null}
      <Summary data={data} />
      <Plan data={data} />
      <Panel
        title="Coverage"
        about="Each protected table, and everything that protects it."
        flush
        className="mb-4"
      >
        <CoverageTable tables={tables} />
      </Panel>
      <div className="grid items-start gap-4 2xl:grid-cols-2">
        <div className="grid gap-4">
          <Panel title="Refused" about="Attempts that the database did not let pass." flush>
            <BlockedTimeline attempts={data.blocked} />
          </Panel>
          <Gaps data={data} />
        </div>
        <Panel
          title="Deleted lately"
          about="Within the budgets. The rows are in the journal and can be put back."
          flush
          actions={
            data.deletes.length > 0 ? (
              <Button asChild size="small">
                <Link href={`/restores?target=${encodeURIComponent(target.name)}`}>Put rows back…</Link>
              </Button>
            ) : null
          }
        >
          <DeletesTable deletes={data.deletes} />
        </Panel>
      </div>
    </>
  )
}
