import { CircleAlert } from 'lucide-react'
import { classNames } from '#components/ui/class-names.ts'
import type { Refusal as RefusalValue } from '#lib/errors.ts'

/** Why it was not done, and what to do next. Renders nothing without one. */
export function Refusal({
  of: refusal,
  className,
}: {
  of: Pick<RefusalValue, 'reason' | 'hint'> | null | undefined
  className?: string
}) {
  if (!refusal) return null
  return (
    <div
      role="alert"
      className={classNames(
        'flex gap-2 rounded-md border border-bad/50 bg-bad-tint px-3 py-2 text-sm',
        className,
      )}
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0">
        <p className="font-medium text-ink">{refusal.reason}</p>
        {refusal.hint ? <p className="text-ink-soft">{refusal.hint}</p> : null}
      </div>
    </div>
  )
}
