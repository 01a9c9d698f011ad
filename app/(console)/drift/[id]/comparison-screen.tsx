'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { PageTarget } from '#components/shell/shell-context.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel, Stat } from '#components/ui/card.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatCount } from '#lib/format/format-count.ts'
import { ComparisonState } from '../comparison-state.tsx'
import type { comparisonRead } from '../queries.ts'
import { NotComparedPanel } from './not-compared-panel.tsx'
import { ReferencesPanel } from './references-panel.tsx'
import { RepairPanel } from './repair-panel.tsx'
import { TablesPanel } from './tables-panel.tsx'

type Data = Wire<ReadData<typeof comparisonRead>>
export type ShownFound = NonNullable<Data['comparison']['found']>
export type ShownTable = ShownFound['tables'][number]

export function ComparisonScreen({ loaded }: { loaded: Loaded<ReadData<typeof comparisonRead>> }) {
  const { data } = useLoaded(loaded)
  const { comparison, job, role } = data
  const { targetName, masterName, found, error, mirror } = comparison
  const isDone = comparison.status === 'compared'
  const mayRepair = isDone && !comparison.inSync && can(role, 'operations.request')
  return (
    <>
      <PageTarget name={targetName} />
      <PageHeader
        title={
          <span className="flex flex-wrap items-baseline gap-x-3">
            {targetName} against {masterName}
            <span className="text-sm font-normal">
              <ComparisonState of={comparison} />
            </span>
          </span>
        }
        about={
          <>
            <Link
              href={`/drift?target=${encodeURIComponent(targetName)}`}
              className="text-accent hover:underline"
            >
              All comparisons of {targetName}
            </Link>
            {mirror ? ` · mirror ${mirror}` : ''}
          </>
        }
        actions={
          mayRepair ? (
            <Button asChild variant="primary">
              <a href="#repair">Repair…</a>
            </Button>
          ) : undefined
        }
      />
      <div className="grid gap-4">
        {error ? <Refusal of={{ reason: error.message, hint: error.hint }} /> : null}
        {comparison.status === 'failed' ? (
          <p className="text-sm text-ink-soft">
            Nothing is known: that it failed does not mean that they agree.
          </p>
        ) : null}
        {job ? (
          <Panel title="Under way">
            <PhaseList run={job} />
            {found && found.pending.length > 0 ? (
              <p className="mt-2 text-xs text-ink-faint">To come: {found.pending.slice(0, 12).join(', ')}</p>
            ) : null}
          </Panel>
        ) : null}
        {isDone ? <Summary data={data} /> : null}
        {found && found.tables.length > 0 ? (
          <TablesPanel tables={found.tables} master={masterName} target={targetName} />
        ) : null}
        {isDone && found ? (
          <>
            <ReferencesPanel references={found.references} master={masterName} target={targetName} />
            {mayRepair ? <RepairPanel comparison={comparison} tables={found.tables} /> : null}
            <NotComparedPanel found={found} master={masterName} target={targetName} />
          </>
        ) : null}
      </div>
    </>
  )
}

function Summary({ data: { comparison, missing, extra, changed, orphans } }: { data: Data }) {
  const { masterReadAt, targetReadAt, masterName, targetName, found } = comparison
  const settled = (found?.tables ?? []).reduce((sum, table) => sum + table.settled, 0)
  const tone = (count: number) => (count > 0 ? 'bad' : 'plain')
  return (
    <Card className="grid gap-3 px-4 py-3">
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-5">
        <Stat
          label="Missing"
          value={formatCount(missing)}
          note={`only in ${masterName}`}
          tone={tone(missing)}
        />
        <Stat label="Extra" value={formatCount(extra)} note={`only in ${targetName}`} tone={tone(extra)} />
        <Stat
          label="Changed"
          value={formatCount(changed)}
          note="on both sides, not alike"
          tone={tone(changed)}
        />
        <Stat
          label="Orphans"
          value={formatCount(orphans)}
          note="refer to what is not there"
          tone={tone(orphans)}
        />
        <Stat label="Settled" value={formatCount(settled)} note="differed once, then no more" />
      </div>
      <p className="text-xs text-ink-faint">
        {masterName} was read <Time at={masterReadAt} />, {targetName} <Time at={targetReadAt} />: two
        moments, each by its own clock.
        {found?.lookedAgainAt ? (
          <>
            {' '}
            Rows that differed were read once more <Time at={found.lookedAgainAt} />, so that writes under way
            do not count.
          </>
        ) : null}
      </p>
    </Card>
  )
}
