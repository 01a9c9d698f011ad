'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import {
  requestGuardInstallationAction,
  requestGuardRemovalAction,
  requestGuardVerificationAction,
} from './actions.ts'

/** Verify, install or repair; removing stands apart and asks for the target's name. */
export function GuardButtons({
  role,
  target,
  busy,
  isInstalled,
  isKnown,
  isOutdated,
}: {
  role: Role
  target: string
  busy: boolean
  /** Nothing is left for an installation to do. */
  isInstalled: boolean
  isKnown: boolean
  /** Nothing is damaged; an installation only renews. */
  isOutdated: boolean
}) {
  const verify = useAction(requestGuardVerificationAction, { done: 'Verification requested' })
  const install = useAction(requestGuardInstallationAction, { done: 'Installation requested' })
  return (
    <>
      {can(role, 'guards.remove') && isKnown ? <RemoveGuards target={target} busy={busy} /> : null}
      {can(role, 'guards.verify') ? (
        <Button disabled={busy} pending={verify.pending} onClick={() => verify.run({ target })}>
          Verify now
        </Button>
      ) : null}
      {can(role, 'guards.install') && !isInstalled ? (
        <Button
          variant="primary"
          disabled={busy}
          pending={install.pending}
          onClick={() => install.run({ target })}
        >
          {isOutdated ? 'Install again' : isKnown ? 'Repair guards' : 'Install guards'}
        </Button>
      ) : null}
    </>
  )
}

function RemoveGuards({ target, busy }: { target: string; busy: boolean }) {
  const [open, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const router = useRouter()
  const { run, pending, refusal } = useAction(requestGuardRemovalAction, {
    quiet: true,
    done: 'Removal requested',
    onDone: ({ operationId }) => (operationId ? router.push(`/operations/${operationId}`) : setOpen(false)),
  })
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      danger
      title="Remove every guard"
      about="From then on nothing stops a mass delete. The journals of deleted rows go too, so past deletes can no longer be undone from them. On production another person has to approve it."
      trigger={
        <Button variant="ghost" disabled={busy}>
          Remove…
        </Button>
      }
      footer={
        <>
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button
            variant="danger"
            pending={pending}
            disabled={typed !== target}
            onClick={() => run({ target })}
          >
            Remove guards
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Field label={`Type ${target} to go on`}>
          <Input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
        </Field>
        <Refusal of={refusal} />
      </div>
    </Dialog>
  )
}
