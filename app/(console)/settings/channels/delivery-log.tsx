'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { resendDeliveryAction } from '#app/(console)/settings/channels/actions.ts'
import type { ChannelsData } from '#app/(console)/settings/channels/channels-screen.tsx'
import { DeliveryAttempts } from '#app/(console)/settings/channels/delivery-attempts.tsx'
import { type DeliveryQuery, deliveryHref } from '#app/(console)/settings/channels/delivery-filter.ts'
import { Badge, SeverityBadge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Field, Select } from '#components/ui/field.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'

type ShownDelivery = ChannelsData['deliveries'][number]

const looks: Record<ShownDelivery['status'], string> = {
  queued: 'queued',
  sending: 'running',
  sent: 'good',
  failed: 'failed',
  held: 'silenced',
}

/** What was sent, what waits, what failed and what was held back, newest first. */
export function DeliveryLog({ data, query }: { data: ChannelsData; query: DeliveryQuery }) {
  const { before, ...filter } = query
  const isFiltered = Object.keys(filter).length > 0
  return (
    <Panel
      title="Delivery log"
      about={before ? 'Older messages' : 'The newest first; kept for 90 days'}
      flush
      actions={<Pager query={query} next={data.next} />}
    >
      <FilterForm data={data} query={filter} />
      {data.deliveries.length === 0 ? (
        <EmptyState
          title={isFiltered || before ? 'No message fits the filter' : 'Nothing was sent yet'}
          action={
            isFiltered || before ? (
              <Button asChild>
                <Link href="/settings/channels">Show all</Link>
              </Button>
            ) : undefined
          }
        />
      ) : (
        <ol className="divide-y divide-line">
          {data.deliveries.map((delivery) => (
            <li key={delivery.id}>
              <DeliveryRow delivery={delivery} data={data} />
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}

function FilterForm({ data, query }: { data: ChannelsData; query: DeliveryQuery }) {
  const router = useRouter()
  const go = (change: object) => {
    const all = { ...query, ...change }
    router.push(deliveryHref(Object.fromEntries(Object.entries(all).filter(([, value]) => value))))
  }
  return (
    <div className="flex flex-wrap items-end gap-3 border-b border-line px-4 py-2.5">
      <Field label="Channel" className="w-44 max-sm:flex-1">
        <Select value={query.channel ?? ''} onChange={(event) => go({ channel: event.target.value })}>
          <option value="">all</option>
          {data.channels.map(({ id, name }) => (
            <option key={id} value={name}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Status" className="w-36 max-sm:flex-1">
        <Select value={query.status ?? ''} onChange={(event) => go({ status: event.target.value })}>
          <option value="">all</option>
          {Object.keys(looks).map((status) => (
            <option key={status} value={status}>
              {status}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  )
}

function DeliveryRow({ delivery, data }: { delivery: ShownDelivery; data: ChannelsData }) {
  const [open, setOpen] = useState(false)
  const { message, error } = delivery
  return (
    <details className="group" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="grid cursor-pointer grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-3 gap-y-0.5 px-4 py-2 hover:bg-raised sm:grid-cols-[9.5rem_8rem_minmax(0,1fr)_auto]">
        <Time at={delivery.createdAt} exact className="text-xs whitespace-nowrap text-ink-soft" />
        <StatusDot
          status={looks[delivery.status]}
          label={delivery.status}
          className="justify-self-end text-xs sm:order-last"
        />
        <span className="truncate text-sm max-sm:col-span-2">{delivery.channel}</span>
        <span className="min-w-0 truncate text-sm max-sm:col-span-2">
          {message.title}
          {error ? (
            <span className="text-bad"> · {error.message}</span>
          ) : delivery.heldBecause ? (
            <span className="text-ink-faint"> · {delivery.heldBecause}</span>
          ) : null}
        </span>
      </summary>
      {open ? <DeliveryDetails delivery={delivery} data={data} /> : null}
    </details>
  )
}

function DeliveryDetails({ delivery, data }: { delivery: ShownDelivery; data: ChannelsData }) {
  const again = useAction(resendDeliveryAction, { done: 'It is filed once more' })
  const { message } = delivery
  const isOver = delivery.status === 'failed' || delivery.status === 'held'
  return (
    <div className="grid gap-3 bg-raised px-4 py-3 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        <SeverityBadge severity={message.severity} />
        <Badge>{delivery.kind}</Badge>
        {message.targetName ? <Badge>{message.targetName}</Badge> : null}
        {delivery.recipient ? <span className="text-xs text-ink-soft">to {delivery.recipient}</span> : null}
        {delivery.fallbackOf ? (
          <span className="text-xs text-ink-soft">in place of another channel</span>
        ) : null}
        <Link
          href={message.href}
          prefetch={false}
          className="text-xs text-accent underline-offset-2 hover:underline"
        >
          What it is about
        </Link>
      </div>
      <p className="max-w-prose break-words whitespace-pre-line">{message.text}</p>
      {message.items && message.items.length > 0 ? (
        <ul className="list-disc pl-5 text-xs">
          {message.items.map((item) => (
            <li key={`${item.problemKey} ${item.at}`} className="break-words">
              {item.severity} · {item.title}
            </li>
          ))}
        </ul>
      ) : null}
      <DeliveryAttempts delivery={delivery} />
      {isOver && can(data.role, 'channels.resend') ? (
        <div>
          <Button
            size="small"
            pending={again.pending}
            onClick={() => void again.run({ deliveryId: delivery.id })}
          >
            Send again
          </Button>
        </div>
      ) : null}
    </div>
  )
}

function Pager({ query, next }: { query: DeliveryQuery; next: number | null }) {
  const { before, ...filter } = query
  return (
    <span className="flex gap-1.5">
      {before ? (
        <Button asChild size="small">
          <Link href={deliveryHref(filter)}>Newest</Link>
        </Button>
      ) : null}
      {next ? (
        <Button asChild size="small">
          <Link href={deliveryHref({ ...filter, before: next })}>Older</Link>
        </Button>
      ) : null}
    </span>
  )
}
