'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Select, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { incidentKinds, kindTitles, severities } from '#lib/incidents/types.ts'
import { openIncidentAction } from './actions.ts'

export function OpenIncidentDialog({
  target,
  startOpen,
}: {
  /** Null: about Holdfast itself. */
  target: { id: string; name: string } | null
  startOpen: boolean
}) {
  const router = useRouter()
  const [open, setOpen] = useState(startOpen)
  const opening = useAction(openIncidentAction, {
    quiet: true,
    onDone: ({ incidentId }) => router.push(`/incidents/${incidentId}`),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '').trim()
    const began = text('began')
    const note = text('note')
    void opening.run({
      targetId: target?.id ?? null,
      kind: text('kind'),
      title: text('title'),
      severity: text('severity'),
      // The field has the viewer's wall clock; the record has an instant.
      ...(began ? { beganAt: new Date(began).toISOString() } : {}),
      ...(note ? { note } : {}),
    })
  }
  return (
    <Dialog
      title={`Open an incident ${target ? `on ${target.name}` : 'about Holdfast itself'}`}
      about="It starts the clock and the timeline, tells the channels, and leads through the steps."
      open={open}
      onOpenChange={setOpen}
      trigger={<Button variant="danger-outline">Open an incident</Button>}
    >
      <form onSubmit={submit} className="grid gap-3">
        <Field label="What is wrong">
          <Input name="title" required maxLength={200} placeholder="Users cannot see their organisation" />
        </Field>
        <div className="grid gap-3 sm:grid-cols-3">
          <Field label="Kind" hint="It has the runbook">
            <Select name="kind" defaultValue={target ? 'data-loss' : 'holdfast'}>
              {incidentKinds.map((kind) => (
                <option key={kind} value={kind}>
                  {kindTitles[kind]}
                </option>
              ))}
            </Select>
          </Field>
          <Field label="Severity">
            <Select name="severity" defaultValue="CRITICAL">
              {severities.toReversed().map((severity) => (
                <option key={severity}>{severity}</option>
              ))}
            </Select>
          </Field>
          <Field label="Began (your time)" hint="Empty: now">
            <Input name="began" type="datetime-local" step={1} />
          </Field>
        </div>
        <Field label="What is known">
          <Textarea name="note" maxLength={5000} />
        </Field>
        <Refusal of={opening.refusal} />
        <Button type="submit" variant="primary" size="large" pending={opening.pending}>
          Open the incident
        </Button>
      </form>
    </Dialog>
  )
}
