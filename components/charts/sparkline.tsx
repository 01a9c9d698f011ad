import { classNames } from '#components/ui/class-names.ts'

/** The last values of a number as a small line, oldest first. A null is a gap. */
export function Sparkline({
  values,
  label,
  tone = 'accent',
  width = 96,
  height = 24,
  className,
}: {
  values: readonly (number | null)[]
  label: string
  tone?: 'accent' | 'bad' | 'faint'
  width?: number
  height?: number
  className?: string
}) {
  const known = values.flatMap((value) => (value === null ? [] : [value]))
  if (known.length < 2) {
    return (
      <span
        style={{ width, height }}
        className={classNames('inline-block text-xs text-ink-faint', className)}
      >
        no history
      </span>
    )
  }
  const low = Math.min(...known)
  const high = Math.max(...known)
  const inset = 3
  const x = (index: number) => inset + (index / (values.length - 1)) * (width - 2 * inset)
  // A flat line stands in the middle, not at the bottom as if it were zero.
  const y = (value: number) =>
    high === low ? height / 2 : height - inset - ((value - low) / (high - low)) * (height - 2 * inset)
  let path = ''
  let drawing = false
  values.forEach((value, index) => {
    if (value === null) {
      drawing = false
      return
    }
    path += `${drawing ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`
    drawing = true
  })
  const lastIndex = values.findLastIndex((value) => value !== null)
  const tones = { accent: 'text-accent', bad: 'text-bad', faint: 'text-ink-faint' }
  return (
    <svg
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      className={classNames('inline-block align-middle', tones[tone], className)}
    >
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
      <circle cx={x(lastIndex)} cy={y(values[lastIndex]!)} r="2.2" fill="currentColor" />
    </svg>
  )
}
