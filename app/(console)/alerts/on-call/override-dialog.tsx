'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { addOverrideAction } from '#app/(console)/alerts/actions.ts'
import type { ShownRotation, ShownShift } from '#app/(console)/alerts/on-call/on-call-screen.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Select } from '#components/ui/field.tsx'
import { InstantInput } from '#components/ui/instant-input.tsx'
import { Refusal } from '#components/ui/refusal.tsx'

/** Lets somebody stand in, at first for the shift that was chosen. */
export function OverrideDialog({
  rotation,
  shift,
  people,
  onClose,
}: {
  rotation: ShownRotation
  shift: ShownShift
  people: readonly { id: string; name: string; email: string }[]
  onClose(): void
}) {
  const others = people.filter(({ id }) => id !== shift.userId)
  const [userId, setUserId] = useState(others[0]?.id ?? '')
  const [startsAt, setStartsAt] = useState<string | null>(() =>
    Date.parse(shift.whole.startsAt) < Date.now() ? new Date().toISOString() : shift.whole.startsAt,
  )
  const [endsAt, setEndsAt] = useState<string | null>(shift.whole.endsAt)
  const { run, pending, refusal } = useAction(addOverrideAction, {
    quiet: true,
    done: 'Somebody stands in',
    onDone: onClose,
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={`Stand in for ${people.find(({ id }) => id === shift.userId)?.name ?? 'nobody'}`}
      about={`In ${rotation.name}. Of two that overlap the newer one counts.`}
      footer={
        <>
          <Button onClick={onClose}>Do nothing</Button>
          <Button
            variant="primary"
            pending={pending}
            disabled={!userId || !startsAt || !endsAt}
            onClick={() => void run({ rotationId: rotation.id, userId, startsAt, endsAt })}
          >
            Stand in
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Field label="Who">
          <Select value={userId} onChange={({ target }) => setUserId(target.value)}>
            {others.map(({ id, name, email }) => (
              <option key={id} value={id}>
                {name === email ? email : `${name} (${email})`}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="From" hint="In your own time zone">
          <InstantInput value={startsAt} onChange={setStartsAt} />
        </Field>
        <Field label="Until">
          <InstantInput value={endsAt} onChange={setEndsAt} />
        </Field>
        <Refusal of={refusal} />
      </div>
    </Dialog>
  )
}
