'use client'

import { type ReactNode, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button, type ButtonProps } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import type { Outcome } from '#lib/errors.ts'

/** Asks for the reason of an act and does it. `input` goes along with the reason. */
export function ReasonDialog({
  act,
  input,
  title,
  about,
  question,
  button,
  confirm,
  done,
  hint,
  least = 1,
  size = 'medium',
  danger = false,
}: {
  act(input: unknown): Promise<Outcome<unknown>>
  input: Record<string, unknown>
  title: string
  /** What it does, in words. */
  about: ReactNode
  question: string
  button: ReactNode
  confirm: string
  done: string
  hint?: ReactNode
  /** How many characters the reason has at least. */
  least?: number
  size?: ButtonProps['size']
  /** Ends something for everybody. */
  danger?: boolean
}) {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const { run, pending, refusal } = useAction(act, {
    quiet: true,
    done,
    onDone: () => {
      setOpen(false)
      setReason('')
    },
  })
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={title}
      about={about}
      trigger={
        <Button size={size} variant={danger ? 'danger-outline' : 'secondary'}>
          {button}
        </Button>
      }
      footer={
        <>
          <Button size={size === 'large' ? 'large' : 'medium'} onClick={() => setOpen(false)}>
            Do nothing
          </Button>
          <Button
            variant={danger ? 'danger' : 'primary'}
            size={size === 'large' ? 'large' : 'medium'}
            pending={pending}
            disabled={reason.trim().length < least}
            onClick={() => run({ ...input, reason })}
          >
            {confirm}
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Field label={question} hint={hint}>
          <Textarea
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            maxLength={2000}
            autoFocus
          />
        </Field>
        <Refusal of={refusal} />
      </div>
    </Dialog>
  )
}
