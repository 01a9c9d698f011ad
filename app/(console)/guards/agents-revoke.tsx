'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { revokeAgentAction } from './agents-actions.ts'

/** Ends an agent, after saying what that means. */
export function AgentsRevoke({ target, role }: { target: string; role: string }) {
  const [open, setOpen] = useState(false)
  const { run, pending, refusal } = useAction(revokeAgentAction, {
    quiet: true,
    done: 'Revocation requested',
    onDone: () => setOpen(false),
  })
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      danger
      title={`Revoke ${role}`}
      about="Its sessions end at once, its role and password go, and its budget with them. What it did stays in the journal."
      trigger={
        <Button size="small" variant="ghost">
          Revoke…
        </Button>
      }
      footer={
        <>
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button variant="danger" pending={pending} onClick={() => run({ target, role })}>
            Revoke agent
          </Button>
        </>
      }
    >
      <Refusal of={refusal} />
    </Dialog>
  )
}
