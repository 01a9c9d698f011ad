'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { setRotationAction } from '#app/(console)/alerts/actions.ts'
import type { ShownRotation } from '#app/(console)/alerts/on-call/on-call-screen.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Select } from '#components/ui/field.tsx'
import { InstantInput } from '#components/ui/instant-input.tsx'
import { Refusal } from '#components/ui/refusal.tsx'

/** Today at nine, where the viewer is. */
function nextMorning(): string {
  const at = new Date()
  at.setHours(9, 0, 0, 0)
  return at.toISOString()
}

export function RotationEditor({
  rotation,
  people,
  onClose,
}: {
  rotation: ShownRotation | null
  people: readonly { id: string; name: string; email: string }[]
  onClose(): void
}) {
  const [name, setName] = useState(rotation?.name ?? '')
  const [timeZone, setTimeZone] = useState(
    rotation?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  )
  const [startsAt, setStartsAt] = useState<string | null>(rotation?.startsAt ?? nextMorning())
  const [shiftDays, setShiftDays] = useState(String(rotation?.shiftDays ?? 7))
  const [members, setMembers] = useState<string[]>(
    (rotation?.members ?? []).filter((id) => people.some((person) => person.id === id)),
  )
  const { run, pending, refusal } = useAction(setRotationAction, {
    quiet: true,
    done: rotation ? 'The rotation is changed' : 'The rotation is made',
    onDone: onClose,
  })
  const nameOf = (id: string) => people.find((person) => person.id === id)?.name ?? id
  const swap = (index: number) =>
    setMembers(
      members.map((id, at) => (at === index - 1 ? members[index]! : at === index ? members[index - 1]! : id)),
    )
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      side="right"
      title={rotation ? `Change “${rotation.name}”` : 'Add a rotation'}
      about="Members take turns in their order. Who is disabled is passed over."
      footer={
        <>
          <Button onClick={onClose}>Do nothing</Button>
          <Button
            variant="primary"
            pending={pending}
            onClick={() =>
              void run({
                ...(rotation ? { rotationId: rotation.id } : {}),
                name,
                timeZone,
                startsAt,
                shiftDays: Number(shiftDays),
                members,
              })
            }
          >
            {rotation ? 'Change' : 'Add'}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <Field label="Name">
          <Input value={name} maxLength={60} autoFocus onChange={({ target }) => setName(target.value)} />
        </Field>
        <fieldset className="grid gap-1.5">
          <legend className="mb-1 text-xs font-medium text-ink-soft">Members, in their order</legend>
          {members.map((id, index) => (
            <div key={id} className="flex items-center gap-2 text-sm">
              <span className="mr-auto min-w-0 truncate">
                {index + 1}. {nameOf(id)}
              </span>
              <Button
                size="small"
                aria-label={`${nameOf(id)} one place up`}
                disabled={index === 0}
                onClick={() => swap(index)}
              >
                Up
              </Button>
              <Button
                size="small"
                aria-label={`Take ${nameOf(id)} out`}
                onClick={() => setMembers(members.filter((member) => member !== id))}
              >
                Out
              </Button>
            </div>
          ))}
          <Select
            aria-label="Add a member"
            value=""
            onChange={({ target }) => target.value && setMembers([...members, target.value])}
          >
            <option value="">Add a member …</option>
            {people
              .filter(({ id }) => !members.includes(id))
              .map(({ id, name: title, email }) => (
                <option key={id} value={id}>
                  {title === email ? email : `${title} (${email})`}
                </option>
              ))}
          </Select>
        </fieldset>
        <Field
          label="The first handover"
          hint="In your own time zone. The first member is on call from then on."
        >
          <InstantInput value={startsAt} onChange={setStartsAt} />
        </Field>
        <Field label="Days of a turn">
          <Input
            type="number"
            min={1}
            max={90}
            value={shiftDays}
            onChange={({ target }) => setShiftDays(target.value)}
          />
        </Field>
        <Field label="Time zone of the handovers" hint="Such as Europe/Berlin">
          <Input value={timeZone} spellCheck={false} onChange={({ target }) => setTimeZone(target.value)} />
        </Field>
        <Refusal of={refusal} />
      </div>
    </Dialog>
  )
}
