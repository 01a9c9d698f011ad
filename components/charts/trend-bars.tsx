import { type ChartFormat, formatChartValue } from '#components/charts/chart-format.ts'
import { classNames } from '#components/ui/class-names.ts'

export interface TrendBar {
  key: string
  label: string
  /** Null: it failed or was not measured; drawn as an empty place. */
  value: number | null
  tone?: 'accent' | 'good' | 'warn' | 'bad'
}

const fills = { accent: 'bg-accent', good: 'bg-good', warn: 'bg-warn', bad: 'bg-bad' }

/** A few measured values beside each other, oldest first, with the scale's top and an optional target line. */
export function TrendBars({
  label,
  bars,
  format = 'plain',
  target,
  height = 72,
}: {
  label: string
  bars: readonly TrendBar[]
  format?: ChartFormat
  target?: { value: number; label: string }
  height?: number
}) {
  const top = Math.max(...bars.map(({ value }) => value ?? 0), target?.value ?? 0) || 1
  return (
    <figure>
      <div className="relative" style={{ height }}>
        <ol aria-label={label} className="flex h-full items-end gap-1">
          {bars.map((bar) => (
            <li
              key={bar.key}
              title={`${bar.label}: ${formatChartValue(bar.value, format)}`}
              className="flex h-full max-w-10 flex-1 items-end"
            >
              <span
                className={classNames(
                  'w-full rounded-t-[3px]',
                  bar.value === null
                    ? 'h-full border border-dashed border-line-strong'
                    : fills[bar.tone ?? 'accent'],
                )}
                style={
                  bar.value === null ? undefined : { height: `${Math.max(3, (bar.value / top) * 100)}%` }
                }
              />
              <span className="sr-only">{`${bar.label}: ${formatChartValue(bar.value, format)}`}</span>
            </li>
          ))}
        </ol>
        {target ? (
          <div
            aria-hidden
            className="pointer-events-none absolute inset-x-0 border-t border-dashed border-warn"
            style={{ bottom: `${(target.value / top) * 100}%` }}
          >
            <span className="absolute right-0 bottom-0.5 text-2xs text-warn">{target.label}</span>
          </div>
        ) : null}
      </div>
      <figcaption className="mt-1 flex justify-between border-t border-line-strong pt-1 text-2xs text-ink-faint">
        <span>{bars[0]?.label}</span>
        <span>highest {formatChartValue(Math.max(...bars.map(({ value }) => value ?? 0)), format)}</span>
        <span>{bars.length > 1 ? bars.at(-1)?.label : null}</span>
      </figcaption>
    </figure>
  )
}
