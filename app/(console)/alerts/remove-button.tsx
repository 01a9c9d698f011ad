'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import type { Outcome } from '#lib/errors.ts'

/** Takes something away after saying what follows from it. */
export function RemoveButton({
  act,
  input,
  name,
  follows,
}: {
  act(input: unknown): Promise<Outcome<unknown>>
  input: Record<string, unknown>
  name: string
  follows: string
}) {
  const [open, setOpen] = useState(false)
  const { run, pending, refusal } = useAction(act, {
    quiet: true,
    done: `“${name}” is removed`,
    onDone: () => setOpen(false),
  })
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={`Remove “${name}”?`}
      about={follows}
      trigger={
        <Button size="small" variant="danger-outline">
          Remove
        </Button>
      }
      footer={
        <>
          <Button onClick={() => setOpen(false)}>Do nothing</Button>
          <Button variant="danger" pending={pending} onClick={() => void run(input)}>
            Remove
          </Button>
        </>
      }
    >
      {refusal ? <Refusal of={refusal} /> : null}
    </Dialog>
  )
}
