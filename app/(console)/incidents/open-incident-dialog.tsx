'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Select, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { openIncidentAction } from './actions.ts'

export function OpenIncidentDialog({
  target,
  startOpen,
}: {
  target: { id: string; name: string }
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
      targetId: target.id,
      title: text('title'),
      severity: text('severity'),
      // The field has the viewer's wall clock; the record has an instant.
      ...(began ? { beganAt: new Date(began).toISOString() } : {}),
      ...(note ? { note } : {}),
    })
  }
  return (
    <Dialog
      title={`Open an incident on ${target.name}`}
      about="It starts the clock and the timeline, and everyone sees it."
      open={open}
      onOpenChange={setOpen}
      trigger={<Button variant="danger-outline">Open an incident</Button>}
    >
      <form onSubmit={submit} className="grid gap-3">
        <Field label="What is wrong">
          <Input name="title" required maxLength={200} placeholder="Users cannot see their organisation" />
        </Field>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Severity">
            <Select name="severity" defaultValue="CRITICAL">
              {['EMERGENCY', 'CRITICAL', 'WARNING', 'INFO'].map((severity) => (
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
