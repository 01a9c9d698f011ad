'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { setFallbackAction } from '#app/(console)/settings/channels/actions.ts'
import type { ShownChannel } from '#app/(console)/settings/channels/channels-screen.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Select } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'

/** Asks who takes the messages that this channel could not send. */
export function FallbackForm({
  channel,
  channels,
  onClose,
}: {
  channel: ShownChannel
  channels: ShownChannel[]
  onClose(): void
}) {
  const [fallback, setFallback] = useState(channel.fallback ?? '')
  const { run, pending, refusal } = useAction(setFallbackAction, {
    quiet: true,
    done: fallback
      ? `What ${channel.name} cannot send, ${fallback} sends`
      : `${channel.name} has no fallback`,
    onDone: onClose,
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={`Fallback of ${channel.name}`}
      about="It takes a message after the last try through this channel has failed."
      footer={
        <>
          <Button onClick={onClose}>Do nothing</Button>
          <Button
            variant="primary"
            pending={pending}
            onClick={() => void run({ name: channel.name, fallback: fallback || null })}
          >
            Set it
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Field label="Channel">
          <Select value={fallback} onChange={(event) => setFallback(event.target.value)}>
            <option value="">none</option>
            {channels
              .filter(({ id, kind }) => id !== channel.id && kind !== 'heartbeat')
              .map(({ id, name }) => (
                <option key={id} value={name}>
                  {name}
                </option>
              ))}
          </Select>
        </Field>
        <Refusal of={refusal} />
      </div>
    </Dialog>
  )
}
