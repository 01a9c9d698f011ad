'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { requestDeploymentAction } from './actions.ts'

const textOrNull = (value: FormDataEntryValue | null): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null

/** Asks for the change and files its validation, then shows it. */
export function ValidateDialog({ targetId, targetName }: { targetId: string; targetName: string }) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  const { run, pending, refusal } = useAction(requestDeploymentAction, {
    quiet: true,
    onDone: ({ deploymentId }) => router.push(`/deployments/${deploymentId}`),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const expression = textOrNull(form.get('expression'))
    void run({
      targetId,
      title: form.get('title'),
      migration: textOrNull(form.get('migration')),
      rollback: textOrNull(form.get('rollback')),
      constraint: expression ? { table: textOrNull(form.get('table')) ?? '', expression } : null,
    })
  }
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={`Validate a change of ${targetName}`}
      about="Nothing is changed in the database: the migration runs on a restored copy."
      trigger={<Button variant="primary">Validate a change</Button>}
      className="max-w-2xl"
      footer={
        <>
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button variant="primary" type="submit" form="validate-change" pending={pending}>
            Validate
          </Button>
        </>
      }
    >
      <form id="validate-change" onSubmit={submit} className="grid gap-3">
        <Field label="Title">
          <Input
            name="title"
            required
            minLength={3}
            maxLength={200}
            placeholder="Add a phone number to customers"
          />
        </Field>
        <Field label="Migration (SQL)">
          <Textarea name="migration" rows={6} className="font-mono text-xs" spellCheck={false} />
        </Field>
        <Field label="Rollback (SQL)" hint="Rehearsed too: it must bring back exactly what was there.">
          <Textarea name="rollback" rows={4} className="font-mono text-xs" spellCheck={false} />
        </Field>
        <fieldset className="grid gap-3 rounded-md border border-line p-3 sm:grid-cols-2">
          <legend className="px-1 text-xs text-ink-faint">
            A CHECK to weigh against live rows (optional)
          </legend>
          <Field label="Table">
            <Input name="table" placeholder="public.orders" />
          </Field>
          <Field label="Expression">
            <Input name="expression" className="font-mono text-xs" placeholder="amount > 0" />
          </Field>
        </fieldset>
        <Refusal of={refusal} />
      </form>
    </Dialog>
  )
}
