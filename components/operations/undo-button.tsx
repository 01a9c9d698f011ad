'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Checkbox, Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import type { Outcome } from '#lib/errors.ts'

export type RequestUndo = (input: unknown) => Promise<Outcome<{ operationId: string }>>

/** Asks why, has the undo planned, and goes to its plan. */
export function UndoButton({ operationId, request }: { operationId: string; request: RequestUndo }) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const [all, setAll] = useState(false)
  const asking = useAction(request, {
    quiet: true,
    onDone: (undo) => router.push(`/operations/${undo.operationId}`),
  })
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title="Undo this operation"
      about="First a plan is made, for you and whoever approves it. Nothing is written before that is approved and run."
      trigger={<Button>Undo this operation</Button>}
      footer={
        <Button
          variant="primary"
          size="large"
          pending={asking.pending}
          disabled={reason.trim().length < 8}
          onClick={() => asking.run({ operationId, reason, rows: all ? 'all' : 'changed' })}
        >
          Plan the undo
        </Button>
      }
    >
      <div className="grid gap-4">
        <Field label="Why" hint="At least 8 characters; everybody reads it.">
          <Textarea value={reason} onChange={(event) => setReason(event.target.value)} autoFocus />
        </Field>
        <Checkbox
          label="Also rows that somebody changed after it"
          hint="Otherwise these stay as they are, and the plan shows them."
          checked={all}
          onChange={(event) => setAll(event.target.checked)}
        />
        <Refusal of={asking.refusal} />
      </div>
    </Dialog>
  )
}
