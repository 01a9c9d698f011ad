'use client'

import dynamic from 'next/dynamic'
import { seriesColours } from '#components/charts/chart-format.ts'
import { useEnlivened } from '#components/charts/use-enlivened.ts'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { formatDuration } from '#lib/format/format-duration.ts'

export interface PhasedRun {
  key: string
  /** Under the pointer and for screen readers: when and what came of it. */
  label: string
  /** Short, for the axis. */
  tick: string
  phases: readonly { name: string; durationMs: number }[]
  /** It did not end well: drawn pale. */
  pale: boolean
}

export interface PhaseBarsProps {
  label: string
  /** Oldest first. */
  runs: readonly PhasedRun[]
  objective: { ms: number; label: string } | null
  height?: number
}

/** The phases of all runs, each once, in the order in which they happen. */
export function phaseNames(runs: readonly PhasedRun[]): string[] {
  const names: string[] = []
  for (const { phases } of runs) {
    let at = -1
    for (const { name } of phases) {
      const known = names.indexOf(name)
      if (known >= 0) at = known
      else names.splice(++at, 0, name)
    }
  }
  return names
}

export const totalMs = ({ phases }: Pick<PhasedRun, 'phases'>): number =>
  phases.reduce((sum, { durationMs }) => sum + durationMs, 0)

/** A promise far above everything measured would flatten the bars; it is told in words instead. */
export const isInSight = (objectiveMs: number, runs: readonly PhasedRun[]): boolean =>
  objectiveMs <= 4 * Math.max(...runs.map(totalMs))

const Still = dynamic(() => import('./phase-bars-still.tsx').then((module) => module.PhaseBarsStill), {
  ssr: false,
  loading: () => <Skeleton className="h-full w-full" />,
})

const loadPlot = () => import('./phase-bars-plot.tsx').then((module) => module.PhaseBarsPlot)

/** How long each run took, by phases stacked, with what was promised. */
export function PhaseBarsChart(props: PhaseBarsProps) {
  const { label, runs, objective, height = 220 } = props
  const [Live, enliven] = useEnlivened(loadPlot)
  return (
    <figure className="min-w-0">
      <div aria-hidden className="mb-1 flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-ink-soft">
        {phaseNames(runs).map((name, index) => (
          <span key={name} className="inline-flex items-center gap-1.5">
            <span
              className="size-2 rounded-[2px]"
              style={{ background: seriesColours[index % seriesColours.length] }}
            />
            {name}
          </span>
        ))}
        {objective && !isInSight(objective.ms, runs) ? (
          <span className="ml-auto text-ink-faint">
            {objective.label} {formatDuration(objective.ms)}, far above the picture
          </span>
        ) : null}
      </div>
      <div style={{ height }} aria-hidden onPointerEnter={enliven}>
        {Live ? <Live {...props} /> : <Still {...props} />}
      </div>
      <figcaption className="sr-only">
        {label}. {runs.map((run) => `${run.label}: ${formatDuration(totalMs(run))}`).join('; ')}
      </figcaption>
    </figure>
  )
}
