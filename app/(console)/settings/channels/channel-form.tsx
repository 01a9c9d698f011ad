'use client'

import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { addChannelAction, changeChannelAction } from '#app/(console)/settings/channels/actions.ts'
import type { ShownChannel } from '#app/(console)/settings/channels/channels-screen.tsx'
import { type Kind, PlaceFields, readPlace } from '#app/(console)/settings/channels/place-fields.tsx'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Checkbox, Field, Input, Select } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'

const kinds: { kind: Kind; title: string }[] = [
  { kind: 'slack', title: 'Chat: an incoming webhook of Slack or Mattermost' },
  { kind: 'email', title: 'Mail' },
  { kind: 'pagerduty', title: 'Paging service: PagerDuty and what takes its events' },
  { kind: 'webhook', title: 'Signed webhook: your own receiver' },
  { kind: 'heartbeat', title: 'Heartbeat: a service that calls when Holdfast falls silent' },
]

/** Adds a channel, or gives one a new address. What is secret of the earlier address is not shown: nobody here can read it. */
export function ChannelForm({
  channel,
  channels,
  onClose,
}: {
  channel: ShownChannel | null
  channels: ShownChannel[]
  onClose(): void
}) {
  const [kind, setKind] = useState<Kind>(channel?.kind ?? 'slack')
  const [signingKey, setSigningKey] = useState<string | null>(null)
  const { run, pending, refusal } = useAction(channel ? changeChannelAction : addChannelAction, {
    quiet: true,
    done: channel ? `${channel.name} is changed. Send a test` : 'The channel is added. Send a test',
    onDone: (added) => (added.signingKey ? setSigningKey(added.signingKey) : onClose()),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const name = channel?.name ?? String(form.get('name')).trim()
    const fallback = String(form.get('fallback') ?? '')
    void run({
      name,
      place: readPlace(kind, form),
      audit: form.get('audit') === 'on',
      ...(fallback ? { fallback } : {}),
    })
  }
  if (signingKey) return <SigningKey value={signingKey} onClose={onClose} />
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={channel ? `Change ${channel.name}` : 'Add a channel'}
      about={
        channel
          ? 'Give all of it again: the earlier address cannot be read here.'
          : 'Nothing is sent before you send a test.'
      }
      footer={
        <>
          <Button onClick={onClose}>Do nothing</Button>
          <Button type="submit" form="channel-form" variant="primary" pending={pending}>
            {channel ? 'Change it' : 'Add it'}
          </Button>
        </>
      }
    >
      <form id="channel-form" onSubmit={submit} className="grid gap-3" autoComplete="off">
        {channel ? null : (
          <>
            <Field label="Kind">
              <Select value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
                {kinds.map((known) => (
                  <option key={known.kind} value={known.kind}>
                    {known.title}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label="Name" hint="Lower-case letters, digits and dashes.">
              <Input name="name" pattern="[a-z][a-z0-9\-]*" maxLength={63} required autoCapitalize="none" />
            </Field>
          </>
        )}
        <PlaceFields key={kind} kind={kind} settings={channel?.settings ?? null} />
        {channel || kind === 'heartbeat' ? null : (
          <Field label="Fallback" hint="Takes what this one could not send.">
            <Select name="fallback" defaultValue="">
              <option value="">none</option>
              {channels
                .filter((other) => other.kind !== 'heartbeat')
                .map(({ id, name }) => (
                  <option key={id} value={name}>
                    {name}
                  </option>
                ))}
            </Select>
          </Field>
        )}
        {kind === 'heartbeat' || kind === 'pagerduty' ? null : (
          <Checkbox
            name="audit"
            defaultChecked={channel?.settings.audit === true}
            label="Send where the audit stands, every hour"
            hint="So that an audit whose end was cut off shows."
          />
        )}
        <Refusal of={refusal} />
      </form>
    </Dialog>
  )
}

function SigningKey({ value, onClose }: { value: string; onClose(): void }) {
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="The receiver’s key"
      about="It is shown this once. With it the receiver tells Holdfast’s messages from others’."
      footer={
        <Button variant="primary" onClick={onClose}>
          I have it
        </Button>
      }
    >
      <Code label="the signing key">{value}</Code>
    </Dialog>
  )
}
