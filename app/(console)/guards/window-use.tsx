import { classNames } from '#components/ui/class-names.ts'
import { formatCount } from '#lib/format/format-count.ts'

/** How much of a window is used, as a bar and in numbers. Without a limit there is nothing to fill. */
export function WindowUse({ used, allows }: { used: number; allows: number | null }) {
  if (allows === null) {
    return <span className="text-xs text-ink-faint">{formatCount(used)} used, no limit</span>
  }
  const share = allows === 0 ? (used > 0 ? 1 : 0) : Math.min(1, used / allows)
  const fill = share >= 0.9 ? 'bg-bad' : share >= 0.5 ? 'bg-warn' : 'bg-accent'
  const left = Math.max(allows - used, 0)
  return (
    <span className="inline-grid w-full max-w-44 min-w-28 gap-0.5 print:max-w-16 print:min-w-0">
      <span aria-hidden className="h-1.5 overflow-hidden rounded-full border border-line bg-sunken">
        <span
          className={classNames('block h-full', fill)}
          style={{ width: `${used === 0 ? 0 : Math.max(share * 100, 3)}%` }}
        />
      </span>
      <span className="text-2xs whitespace-nowrap text-ink-faint print:whitespace-normal">
        {formatCount(used)} used,{' '}
        {share >= 1 ? <span className="text-bad">none left</span> : `${formatCount(left)} left`}
      </span>
    </span>
  )
}
