'use client'

import Link from 'next/link'
import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button, type ButtonProps } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Checkbox, Field, Input, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { tellStakeholdersAction } from '../actions.ts'
import type { IncidentData } from './incident-screen.tsx'

/** A person's own words to the stakeholders, prefilled from the records. */
export function TellDialog({
  act,
  data,
  look,
}: {
  act: { title: string; subject: string; body: string }
  data: IncidentData
  look: Pick<ButtonProps, 'variant' | 'size'>
}) {
  const [open, setOpen] = useState(false)
  const telling = useAction(tellStakeholdersAction, {
    quiet: true,
    done: 'The notice is on its way; the timeline says how it goes',
    onDone: () => setOpen(false),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    void telling.run({
      incidentId: data.incident.id,
      channelIds: form.getAll('channel').map(String),
      title: String(form.get('title') ?? ''),
      body: String(form.get('body') ?? ''),
    })
  }
  return (
    <Dialog
      title="Tell the stakeholders"
      about="It goes out through the channels that you choose, and stands on the timeline."
      open={open}
      onOpenChange={setOpen}
      trigger={<Button {...look}>{act.title}</Button>}
    >
      {data.channels.length === 0 ? (
        <p className="text-sm">
          There is no channel yet.{' '}
          <Link href="/settings/channels" className="text-accent hover:underline">
            Add one
          </Link>{' '}
          and come back.
        </p>
      ) : (
        <form onSubmit={submit} className="grid gap-3">
          <fieldset className="grid gap-1.5">
            <legend className="mb-1 text-xs font-medium text-ink-soft">Through</legend>
            {data.channels.map((channel) => (
              <Checkbox
                key={channel.id}
                name="channel"
                value={channel.id}
                defaultChecked={data.toldChannelIds.includes(channel.id)}
                label={channel.name}
                hint={channel.kind}
              />
            ))}
          </fieldset>
          <Field label="Title">
            <Input name="title" required maxLength={200} defaultValue={act.subject} />
          </Field>
          <Field label="Text" hint="Plain text. Say what you know, what you do, and when you will say more.">
            <Textarea name="body" rows={8} required maxLength={4000} defaultValue={act.body} />
          </Field>
          <Refusal of={telling.refusal} />
          <Button type="submit" variant="primary" size="large" pending={telling.pending}>
            Send the notice
          </Button>
        </form>
      )}
    </Dialog>
  )
}
