'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { addSilenceAction } from '#app/(console)/alerts/actions.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Select, Textarea } from '#components/ui/field.tsx'
import { InstantInput } from '#components/ui/instant-input.tsx'
import { Refusal } from '#components/ui/refusal.tsx'

const dayMs = 86_400_000

export function SilenceDialog({
  targets,
  onClose,
}: {
  targets: readonly { id: string; name: string }[]
  onClose(): void
}) {
  const [pattern, setPattern] = useState('')
  const [targetId, setTargetId] = useState(targets[0]?.id ?? '')
  const [until, setUntil] = useState<string | null>(() => new Date(Date.now() + dayMs).toISOString())
  const [reason, setReason] = useState('')
  const { run, pending, refusal } = useAction(addSilenceAction, {
    quiet: true,
    done: 'Silenced',
    onDone: onClose,
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="Add a silence"
      about="Alerts of these fingerprints tell nobody until then."
      footer={
        <>
          <Button onClick={onClose}>Do nothing</Button>
          <Button
            variant="primary"
            pending={pending}
            disabled={!until}
            onClick={() => void run({ pattern, targetId: targetId || null, until, reason })}
          >
            Silence
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Field label="Fingerprint" hint="Whole, or its beginning and *: performance:*">
          <Input
            value={pattern}
            autoFocus
            spellCheck={false}
            onChange={({ target }) => setPattern(target.value)}
          />
        </Field>
        <Field label="Database">
          <Select value={targetId} onChange={({ target }) => setTargetId(target.value)}>
            {targets.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
            <option value="">All of them</option>
          </Select>
        </Field>
        <Field label="Until" hint="At most 30 days">
          <InstantInput value={until} onChange={setUntil} />
        </Field>
        <Field label="Why">
          <Textarea value={reason} rows={2} onChange={({ target }) => setReason(target.value)} />
        </Field>
        <Refusal of={refusal} />
      </div>
    </Dialog>
  )
}
