import { classNames } from '#components/ui/class-names.ts'

/** A bar. Without `total` it only says that it moves. */
export function Progress({
  done,
  total,
  label,
  className,
}: {
  done: number | null
  total: number | null
  label: string
  className?: string
}) {
  const known = done !== null && total !== null && total > 0
  const percent = known ? Math.min(100, Math.max(0, (done / total) * 100)) : null
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent === null ? undefined : Math.round(percent)}
      className={classNames('h-1.5 w-full overflow-hidden rounded-full bg-sunken', className)}
    >
      <div
        className={classNames(
          'h-full rounded-full bg-accent',
          percent === null ? 'w-1/3 animate-pulse' : 'transition-[width] duration-500',
        )}
        style={percent === null ? undefined : { width: `${percent}%` }}
      />
    </div>
  )
}
