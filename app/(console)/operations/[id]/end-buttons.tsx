'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { cancelOperationAction, refuseOperationAction } from '../actions.ts'

/** Ends it for everybody, with a reason. */
export function RefuseButton({ operationId }: { operationId: string }) {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const refusing = useAction(refuseOperationAction, {
    quiet: true,
    done: 'Refused',
    onDone: () => setOpen(false),
  })
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title="Refuse this plan"
      about="One refusal ends it for everybody. It can be requested again."
      trigger={
        <Button variant="danger-outline" size="large">
          Refuse
        </Button>
      }
      footer={
        <Button
          variant="danger"
          size="large"
          pending={refusing.pending}
          disabled={reason.trim().length < 8}
          onClick={() => refusing.run({ operationId, reason })}
        >
          Refuse it
        </Button>
      }
    >
      <div className="grid gap-3">
        <Field label="Why" hint="At least 8 characters; everybody reads it.">
          <Textarea value={reason} onChange={(event) => setReason(event.target.value)} autoFocus />
        </Field>
        <Refusal of={refusing.refusal} />
      </div>
    </Dialog>
  )
}

/** Takes it back; of a running one, asks it to stop. */
export function CancelButton({ operationId, running }: { operationId: string; running: boolean }) {
  const cancelling = useAction(cancelOperationAction, {
    done: running ? 'Asked it to stop' : 'Cancelled',
  })
  return (
    <Button size="large" pending={cancelling.pending} onClick={() => cancelling.run({ operationId })}>
      {running ? 'Stop it' : 'Cancel'}
    </Button>
  )
}
