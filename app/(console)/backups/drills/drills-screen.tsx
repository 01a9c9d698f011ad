'use client'

import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { requestDrillAction } from '#app/(console)/backups/actions.ts'
import { BackupSections } from '#app/(console)/backups/backup-sections.tsx'
import { recoveryPhases } from '#app/(console)/backups/drill-words.ts'
import { type LoadedNow, NowPanel } from '#app/(console)/backups/now-panel.tsx'
import { PhaseBarsChart } from '#components/charts/phase-bars-chart.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { statusWord } from '#components/ui/status-dot.tsx'
import { Duration, Time, useNow } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { DrillsTable } from './drills-table.tsx'
import { ProofsPanel } from './proofs-panel.tsx'
import type { drillsRead } from './queries.ts'
import { StreakPanel } from './streak-panel.tsx'

type Data = Wire<ReadData<typeof drillsRead>>

const hourMs = 3_600_000
const minuteMs = 60_000
const trendLength = 30

/** The proof is older than what was promised, or there is none. */
function StaleNote({ data: { provenAt, objectives, target } }: { data: Data }) {
  const now = useNow(minuteMs)
  if (provenAt && (now === 0 || now - Date.parse(provenAt) <= objectives.proofHours * hourMs)) return null
  return (
    <div role="status" className="rounded-md border border-warn/50 bg-warn-tint px-4 py-2.5 text-sm">
      <span className="font-medium">{provenAt ? 'The proof is stale.' : 'Nothing is proven.'}</span>{' '}
      {provenAt ? (
        <>
          The last drill that passed was <Time at={provenAt} />; a proof is good for {objectives.proofHours}{' '}
          h.
        </>
      ) : (
        <>No drill of {target.name} has ever passed.</>
      )}
    </div>
  )
}

function RecoveryTrend({ data: { drills, objectives, recoveryMs } }: { data: Data }) {
  const measured = drills
    .filter(({ status, phases }) => status === 'finished' && phases.length > 0)
    .slice(0, trendLength)
    .toReversed()
  const objectiveMs = objectives.recoveryMinutes * minuteMs
  return (
    <Panel
      title="Recovery time"
      about={
        recoveryMs === null ? (
          'From the start of a drill to a proven database, by phase.'
        ) : (
          <>
            From the start of a drill to a proven database, by phase: <Duration ms={recoveryMs} /> last.
            Drills that did not pass are pale.
          </>
        )
      }
    >
      {measured.length === 0 ? (
        <p className="text-sm text-ink-soft">No drill has run yet, so the recovery time is not known.</p>
      ) : (
        <PhaseBarsChart
          label="Recovery time of each drill by phase"
          objective={{ ms: objectiveMs, label: 'objective' }}
          runs={measured.map((drill) => {
            const at = (drill.finishedAt ?? drill.createdAt).slice(0, 16).replace('T', ' ')
            return {
              key: drill.id,
              tick: at.slice(5, 10),
              label: `${at} UTC, ${drill.verdict}`,
              pale: drill.verdict !== 'passed',
              phases: recoveryPhases(drill.phases).map(({ name, durationMs }) => ({
                name: statusWord(name),
                durationMs,
              })),
            }
          })}
        />
      )}
    </Panel>
  )
}

/** The drills of a target: whether its archives restore, since when that is known, and how long it takes. */
export function DrillsScreen({
  loaded,
  now,
}: {
  loaded: Loaded<ReadData<typeof drillsRead>>
  now: LoadedNow
}) {
  const { data } = useLoaded(loaded)
  const drill = useAction(requestDrillAction, { done: 'Drill requested' })
  const { role, target, streak, timeZone, proofs, drills, nextAt, cron, hasArchive } = data
  return (
    <>
      <PageHeader
        title="Drills"
        about="A drill restores an archive into a scratch database and demands the facts that were taken with it."
        actions={
          can(role, 'drills.request') && hasArchive ? (
            <Button
              variant="primary"
              pending={drill.pending}
              title="Restores the newest good archive into a scratch database; the target is not touched"
              onClick={() => drill.run({ target: target.name })}
            >
              Drill now
            </Button>
          ) : null
        }
      />
      <BackupSections target={target.name} here="drills" />
      <div className="grid gap-4">
        <StaleNote data={data} />
        <div className="grid items-start gap-4 xl:grid-cols-[3fr_2fr]">
          <StreakPanel streak={streak} timeZone={timeZone} isDaily={data.isDaily} />
          <div className="grid gap-4">
            <NowPanel
              loaded={now}
              idle={
                <>
                  No drill is under way. The next one is due <Time at={nextAt} /> (
                  <code className="font-mono text-xs">{cron}</code>, {timeZone}).
                </>
              }
            />
            <ProofsPanel proofs={proofs} />
          </div>
        </div>
        <RecoveryTrend data={data} />
        <Panel title="History" flush>
          <DrillsTable drills={drills} />
        </Panel>
      </div>
    </>
  )
}
