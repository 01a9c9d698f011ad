import { formatBytes } from '#lib/format/format-bytes.ts'
import { formatCount, formatPercent } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'

/** How a chart's numbers read. A word, not a function, so that a server component can give it. */
export type ChartFormat = 'count' | 'duration' | 'bytes' | 'percent' | 'plain'

export function formatChartValue(value: number | null | undefined, format: ChartFormat): string {
  switch (format) {
    case 'duration':
      return formatDuration(value)
    case 'bytes':
      return formatBytes(value)
    case 'percent':
      return formatPercent(value)
    case 'count':
      return formatCount(value)
    case 'plain':
      return value === null || value === undefined ? '—' : String(Math.round(value * 100) / 100)
  }
}

/** Short, for an axis: `12k` instead of `12,000`. */
export function formatAxisValue(value: number, format: ChartFormat): string {
  if (format !== 'count') return formatChartValue(value, format)
  const absolute = Math.abs(value)
  if (absolute >= 1_000_000) return `${trim(value / 1_000_000)}M`
  if (absolute >= 10_000) return `${trim(value / 1_000)}k`
  return formatCount(value)
}

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, '')

/** In this order; the first is the accent. */
export const seriesColours = [
  'var(--accent)',
  'oklch(0.62 0.15 300)',
  'oklch(0.66 0.14 65)',
  'oklch(0.6 0.13 255)',
  'oklch(0.62 0.15 350)',
  'oklch(0.6 0.1 150)',
  'oklch(0.7 0.11 110)',
  'oklch(0.55 0.14 25)',
  'oklch(0.65 0.03 240)',
]
