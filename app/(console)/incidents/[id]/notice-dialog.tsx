'use client'

import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button, type ButtonProps } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { tell } from '#components/ui/tell.ts'
import { setIncidentNoticeAction } from '../actions.ts'

/** What the public status page says. */
export function NoticeDialog({
  act,
  look,
}: {
  act: { title: string; body: string }
  look: Pick<ButtonProps, 'variant' | 'size'>
}) {
  const [open, setOpen] = useState(false)
  const setting = useAction(setIncidentNoticeAction, {
    quiet: true,
    onDone: ({ isPublished }) => {
      setOpen(false)
      tell('success', isPublished ? 'The status page says it' : 'It is kept; the status page is switched off')
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const notice = String(new FormData(event.currentTarget).get('notice') ?? '').trim()
    void setting.run({ notice: notice === '' ? null : notice })
  }
  return (
    <Dialog
      title="The public notice"
      about="Everybody can read it. No names, no tables, no causes that are not certain."
      open={open}
      onOpenChange={setOpen}
      trigger={<Button {...look}>{act.title}</Button>}
    >
      <form onSubmit={submit} className="grid gap-3">
        <Field label="Notice" hint="Empty: takes the notice away">
          <Textarea name="notice" rows={3} maxLength={500} defaultValue={act.body} />
        </Field>
        <Refusal of={setting.refusal} />
        <Button type="submit" variant="primary" size="large" pending={setting.pending}>
          Set it
        </Button>
      </form>
    </Dialog>
  )
}
