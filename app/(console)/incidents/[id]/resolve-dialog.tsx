'use client'

import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button, type ButtonProps } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { moveIncidentAction } from '../actions.ts'

export function ResolveDialog({
  incident,
  look,
}: {
  incident: { id: string; number: number }
  look?: Pick<ButtonProps, 'variant' | 'size'>
}) {
  const [open, setOpen] = useState(false)
  const resolving = useAction(moveIncidentAction, {
    quiet: true,
    done: `Incident #${incident.number} is resolved`,
    onDone: () => setOpen(false),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const resolution = String(new FormData(event.currentTarget).get('resolution') ?? '').trim()
    void resolving.run({ incidentId: incident.id, to: 'resolved', ...(resolution ? { resolution } : {}) })
  }
  return (
    <Dialog
      title={`Resolve incident #${incident.number}`}
      about="The clock stops and its channels are told. It can be opened again until it is closed."
      open={open}
      onOpenChange={setOpen}
      trigger={<Button {...look}>Resolve</Button>}
    >
      <form onSubmit={submit} className="grid gap-3">
        <Field label="How it ended" hint="It opens the postmortem.">
          <Textarea name="resolution" rows={4} maxLength={5000} required />
        </Field>
        <Refusal of={resolving.refusal} />
        <Button type="submit" variant="primary" size="large" pending={resolving.pending}>
          Resolve the incident
        </Button>
      </form>
    </Dialog>
  )
}
