import { seriesColours } from '#components/charts/chart-format.ts'
import { statusWord } from '#components/ui/status-dot.tsx'
import { formatDuration } from '#lib/format/format-duration.ts'

interface Phase {
  name: string
  durationMs: number
}

/** Below this share of the whole a phase has no place of its own to be seen. */
const visible = 0.004

/** Where the time of one drill went. */
export function PhaseBar({ phases }: { phases: readonly Phase[] }) {
  const totalMs = phases.reduce((sum, { durationMs }) => sum + durationMs, 0)
  if (totalMs === 0) return null
  return (
    <figure className="grid gap-1.5">
      <div aria-hidden className="flex h-2.5 gap-px overflow-hidden rounded-sm">
        {phases.map(({ name, durationMs }, index) =>
          durationMs / totalMs < visible ? null : (
            <span
              key={`${name}-${String(index)}`}
              title={`${statusWord(name)}: ${formatDuration(durationMs)}`}
              style={{
                flexGrow: durationMs,
                background: seriesColours[index % seriesColours.length],
              }}
            />
          ),
        )}
      </div>
      <figcaption className="flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-ink-soft">
        {phases.map(({ name, durationMs }, index) => (
          <span key={`${name}-${String(index)}`} className="inline-flex items-center gap-1.5">
            <span
              aria-hidden
              className="size-2 rounded-[2px]"
              style={{ background: seriesColours[index % seriesColours.length] }}
            />
            {statusWord(name)} {formatDuration(durationMs)}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}
