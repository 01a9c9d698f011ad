'use client'

import { seriesColours } from '#components/charts/chart-format.ts'
import { isInSight, type PhaseBarsProps, phaseNames, totalMs } from '#components/charts/phase-bars-chart.tsx'
import { StillFrame } from '#components/charts/still-frame.tsx'
import { valueTicks } from '#components/charts/value-ticks.ts'
import { classNames } from '#components/ui/class-names.ts'
import { formatDuration } from '#lib/format/format-duration.ts'

/** The picture without a chart library: the same bars, which cannot be pointed at. */
export function PhaseBarsStill({ runs, objective }: PhaseBarsProps) {
  const names = phaseNames(runs)
  const promised = objective && isInSight(objective.ms, runs) ? objective : null
  const ticks = valueTicks(0, Math.max(...runs.map(totalMs), promised?.ms ?? 0))
  /** Not more labels than there is room for, also on a phone. */
  const every = Math.ceil(runs.length / 6)
  const share = (ms: number): string => `${(ms / ticks.at(-1)!) * 100}%`
  return (
    <StillFrame>
      {ticks.map((tick) => (
        <div key={tick} className="absolute inset-x-0 border-t border-line" style={{ bottom: share(tick) }}>
          <span className="absolute right-full -translate-y-1/2 pr-2 whitespace-nowrap">
            {formatDuration(tick)}
          </span>
        </div>
      ))}
      <ol className="absolute inset-0 flex">
        {runs.map((run, position) => (
          <li key={run.key} className="relative flex min-w-0 flex-1 flex-col-reverse items-center">
            {names.map((name, index) => (
              <span
                key={name}
                className={classNames('w-3/5 max-w-9 shrink-0', run.pale && 'opacity-45')}
                style={{
                  height: share(totalMs({ phases: run.phases.filter((phase) => phase.name === name) })),
                  background: seriesColours[index % seriesColours.length],
                }}
              />
            ))}
            {position % every === 0 ? (
              <span className="absolute top-full pt-2 whitespace-nowrap">{run.tick}</span>
            ) : null}
          </li>
        ))}
      </ol>
      {promised ? (
        <div
          className="absolute inset-x-0 border-t border-dashed border-warn text-[10px] text-warn"
          style={{ bottom: share(promised.ms) }}
        >
          <span className="absolute right-0 pt-0.5">{promised.label}</span>
        </div>
      ) : null}
    </StillFrame>
  )
}
