'use client'

import { useNow } from '#components/ui/time.tsx'
import { formatClock } from '#lib/format/format-duration.ts'

/** The time that is left until an instant, or that it is over. */
export function Countdown({ until, over }: { until: string; over: string }) {
  const now = useNow()
  if (now === 0) return <span>–:––</span>
  const leftMs = Date.parse(until) - now
  return (
    <span className={leftMs < 300_000 ? 'text-warn' : undefined}>
      {leftMs > 0 ? formatClock(leftMs) : over}
    </span>
  )
}
