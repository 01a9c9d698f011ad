'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { addWindowAction } from '#app/(console)/alerts/actions.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Checkbox, Field, Input, Select } from '#components/ui/field.tsx'
import { InstantInput } from '#components/ui/instant-input.tsx'
import { Refusal } from '#components/ui/refusal.tsx'

const hourMs = 3_600_000

export function WindowDialog({
  targets,
  onClose,
}: {
  targets: readonly { id: string; name: string }[]
  onClose(): void
}) {
  const [title, setTitle] = useState('')
  const [targetId, setTargetId] = useState('')
  const [startsAt, setStartsAt] = useState<string | null>(() => new Date().toISOString())
  const [endsAt, setEndsAt] = useState<string | null>(() => new Date(Date.now() + hourMs).toISOString())
  const [repeats, setRepeats] = useState('')
  const [timeZone, setTimeZone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone)
  const [isPublic, setIsPublic] = useState(false)
  const { run, pending, refusal } = useAction(addWindowAction, {
    quiet: true,
    done: 'Maintenance is announced',
    onDone: onClose,
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="Announce maintenance"
      about="Nobody is paged meanwhile. Checks go on."
      footer={
        <>
          <Button onClick={onClose}>Do nothing</Button>
          <Button
            variant="primary"
            pending={pending}
            disabled={!startsAt || !endsAt}
            onClick={() =>
              void run({
                title,
                targetId: targetId || null,
                startsAt,
                endsAt,
                repeats: repeats.trim() || null,
                timeZone,
                isPublic,
              })
            }
          >
            Announce
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Field label="What is done">
          <Input value={title} maxLength={120} autoFocus onChange={({ target }) => setTitle(target.value)} />
        </Field>
        <Field label="Database">
          <Select value={targetId} onChange={({ target }) => setTargetId(target.value)}>
            <option value="">All of them</option>
            {targets.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="From">
            <InstantInput value={startsAt} onChange={setStartsAt} />
          </Field>
          <Field label="Until">
            <InstantInput value={endsAt} onChange={setEndsAt} />
          </Field>
        </div>
        <Field
          label="Begins again (cron)"
          hint="Empty: once. Sundays at two: 0 2 * * 0. Each lasts as long as the first."
        >
          <Input value={repeats} spellCheck={false} onChange={({ target }) => setRepeats(target.value)} />
        </Field>
        {repeats.trim() ? (
          <Field label="Time zone of the repetition">
            <Input value={timeZone} spellCheck={false} onChange={({ target }) => setTimeZone(target.value)} />
          </Field>
        ) : null}
        <Checkbox
          label="Name it on the public status page"
          checked={isPublic}
          onChange={({ target }) => setIsPublic(target.checked)}
        />
        <Refusal of={refusal} />
      </div>
    </Dialog>
  )
}
