'use client'

import { useQuery } from '@tanstack/react-query'
import type { ReadData } from '#app/_web/read.ts'
import { readAgain } from '#app/_web/use-loaded.ts'
import type { ChannelsData } from '#app/(console)/settings/channels/channels-screen.tsx'
import type { deliveryAttemptsRead } from '#app/(console)/settings/channels/queries.ts'
import { Duration, Time } from '#components/ui/time.tsx'

/** Every try at a message, read when somebody looks. */
export function DeliveryAttempts({ delivery }: { delivery: ChannelsData['deliveries'][number] }) {
  const input = { deliveryId: delivery.id }
  const { data } = useQuery({
    queryKey: ['delivery-attempts', delivery.id, delivery.attempts, delivery.status],
    queryFn: ({ signal }) =>
      readAgain<ReadData<typeof deliveryAttemptsRead>>('delivery-attempts', input, signal),
  })
  const attempts = data?.data.attempts ?? []
  if (delivery.attempts === 0) return <p className="text-xs text-ink-soft">It was not tried.</p>
  return (
    <ol className="grid gap-1 text-xs" aria-label="Tries">
      {attempts.map((attempt) => (
        <li key={attempt.attempt} className="flex flex-wrap gap-x-3">
          <span className="text-ink-soft">Try {attempt.attempt}</span>
          <Time at={attempt.startedAt} exact className="text-ink-soft" />
          <Duration ms={attempt.durationMs} />
          {attempt.responseStatus ? <span>answered {attempt.responseStatus}</span> : null}
          {attempt.error ? (
            <span className="break-words text-bad">{attempt.error.message}</span>
          ) : attempt.durationMs === null ? (
            <span className="text-ink-soft">under way, or its sender ended</span>
          ) : (
            <span className="text-good">taken</span>
          )}
        </li>
      ))}
      {delivery.status === 'queued' ? (
        <li className="text-ink-soft">
          Next try <Time at={delivery.nextAttemptAt} />
        </li>
      ) : null}
    </ol>
  )
}
