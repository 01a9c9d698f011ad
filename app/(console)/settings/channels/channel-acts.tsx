'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { removeChannelAction, requestChannelTestAction } from '#app/(console)/settings/channels/actions.ts'
import type { ChannelsData, ShownChannel } from '#app/(console)/settings/channels/channels-screen.tsx'
import { Button } from '#components/ui/button.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { can } from '#lib/auth/permissions.ts'

const ChannelForm = dynamic(() =>
  import('#app/(console)/settings/channels/channel-form.tsx').then(({ ChannelForm }) => ChannelForm),
)
const FallbackForm = dynamic(() =>
  import('#app/(console)/settings/channels/fallback-form.tsx').then(({ FallbackForm }) => FallbackForm),
)
const ReasonDialog = dynamic(() =>
  import('#components/ui/reason-dialog.tsx').then(({ ReasonDialog }) => ReasonDialog),
)

/** What may be done with a channel; the test tells beside its button what came of it, as it comes. */
export function ChannelActs({ channel, data }: { channel: ShownChannel; data: ChannelsData }) {
  const [open, setOpen] = useState<'change' | 'fallback' | null>(null)
  const [tested, setTested] = useState<string | null>(null)
  const test = useAction(requestChannelTestAction, { onDone: ({ deliveryId }) => setTested(deliveryId) })
  const { role } = data
  const close = () => setOpen(null)
  return (
    <span className="inline-flex flex-wrap items-center justify-end gap-1.5">
      <TestOutcome deliveryId={tested} channel={channel} />
      {can(role, 'channels.test') ? (
        <Button size="small" pending={test.pending} onClick={() => void test.run({ name: channel.name })}>
          Send a test
        </Button>
      ) : null}
      {can(role, 'channels.change') ? (
        <>
          {channel.kind === 'heartbeat' ? null : (
            <Button size="small" onClick={() => setOpen('fallback')}>
              Fallback
            </Button>
          )}
          <Button size="small" onClick={() => setOpen('change')}>
            Change
          </Button>
          <ReasonDialog
            act={removeChannelAction}
            input={{ name: channel.name }}
            title={`Remove ${channel.name}`}
            about="Nothing is sent through it any more. What it has sent stays in the log."
            question="Why"
            button="Remove"
            confirm="Remove it"
            done={`${channel.name} is off the list`}
            size="small"
            danger
          />
        </>
      ) : null}
      {open === 'change' ? (
        <ChannelForm channel={channel} channels={data.channels} onClose={close} />
      ) : open === 'fallback' ? (
        <FallbackForm channel={channel} channels={data.channels} onClose={close} />
      ) : null}
    </span>
  )
}

/** Kept current by the live page; another test of somebody else says as much about the channel. */
function TestOutcome({ deliveryId, channel }: { deliveryId: string | null; channel: ShownChannel }) {
  if (!deliveryId) return null
  const status = channel.lastTest?.status ?? 'queued'
  return (
    <span role="status" className="text-xs">
      {status === 'sent' ? (
        <StatusDot status="good" label="the test was taken" />
      ) : status === 'failed' ? (
        <StatusDot status="failed" label="the test failed" />
      ) : (
        <StatusDot status="running" label="sending …" />
      )}
    </span>
  )
}
