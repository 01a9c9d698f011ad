'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import type { Outcome } from '#lib/errors.ts'

interface SwitchButtonProps {
  /** Files the switch: `requestDatabaseSwitch`. */
  action: (input: unknown) => Promise<Outcome<{ operationId: string }>>
  targetId: string
  /** The finished restore, or (back) the switch that is taken back. */
  operationId: string
  /** The name that changes hands, and the database that takes it. */
  live: string
  database: string
  back?: boolean
}

/** Asks for the plan of a switch of names, with a reason, and leads to it. Nothing is renamed by this button. */
export function SwitchButton({
  action,
  targetId,
  operationId,
  live,
  database,
  back = false,
}: SwitchButtonProps) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const asking = useAction(action, {
    quiet: true,
    onDone: (value) => router.push(`/operations/${value.operationId}`),
  })
  const label = back ? 'Switch back' : 'Switch names'
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={back ? 'Give the name back' : 'Give it the live name'}
      about={`Plans that “${database}” takes the name “${live}”. What bears it now is kept, read-only, under a name of its own. Nothing is renamed before the plan is approved and run.`}
      trigger={<Button size="large">{label}</Button>}
      footer={
        <Button
          variant="primary"
          size="large"
          pending={asking.pending}
          disabled={reason.trim().length < 8}
          onClick={() => asking.run({ targetId, reason, request: { operationId, back } })}
        >
          Show the plan
        </Button>
      }
    >
      <div className="grid gap-3">
        <Field label="Why" hint="At least 8 characters; kept in the record.">
          <Textarea value={reason} onChange={(event) => setReason(event.target.value)} autoFocus />
        </Field>
        <Refusal of={asking.refusal} />
      </div>
    </Dialog>
  )
}
