'use client'

import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Select, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { type Severity, severities } from '#lib/incidents/types.ts'
import { rateIncidentAction } from '../actions.ts'

export function SeverityDialog({
  incident,
}: {
  incident: { id: string; number: number; severity: Severity }
}) {
  const [open, setOpen] = useState(false)
  const rating = useAction(rateIncidentAction, { quiet: true, onDone: () => setOpen(false) })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    void rating.run({
      incidentId: incident.id,
      severity: String(form.get('severity')),
      reason: String(form.get('reason') ?? ''),
    })
  }
  return (
    <Dialog
      title={`How severe is incident #${incident.number}?`}
      about="The reason stands on the timeline. Its channels hear when it becomes graver."
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button variant="link" size="small">
          Change severity
        </Button>
      }
    >
      <form onSubmit={submit} className="grid gap-3">
        <Field label="Severity">
          <Select name="severity" defaultValue={incident.severity}>
            {severities.toReversed().map((severity) => (
              <option key={severity}>{severity}</option>
            ))}
          </Select>
        </Field>
        <Field label="Why">
          <Textarea name="reason" rows={2} required maxLength={500} />
        </Field>
        <Refusal of={rating.refusal} />
        <Button type="submit" variant="primary" size="large" pending={rating.pending}>
          Change it
        </Button>
      </form>
    </Dialog>
  )
}
