'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import { requestRecoveryAction } from './actions.ts'
import type { FoundUser } from './locked-out-panel.tsx'
import type { RecoveryData } from './recovery-screen.tsx'

/** Asks why, and leads to the plan; a second person approves that. */
export function RecoverDialog({
  data,
  membership,
  users,
  count,
}: {
  data: RecoveryData
  membership: string
  users: 'all' | FoundUser[]
  count: number
}) {
  const [open, setOpen] = useState(false)
  const router = useRouter()
  const request = useAction(requestRecoveryAction, {
    quiet: true,
    onDone: ({ operationId }) => router.push(`/operations/${operationId}`),
  })
  const [one] = users === 'all' ? [] : users
  const unknown = one !== undefined && one.had.length === 0

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const given = (name: string) => String(form.get(name) ?? '').trim() || null
    void request.run({
      targetId: data.target.id,
      incidentId: data.incident?.id ?? null,
      reason: given('reason') ?? '',
      request: {
        users: users === 'all' ? 'all' : users.map((user) => user.user),
        membership,
        organization: given('organization'),
        role: given('role'),
      },
    })
  }

  const title = one ? `Recover ${one.label ?? one.user}` : `Recover all ${formatCount(count)}`
  return (
    <Dialog
      title={title}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button
          variant={users === 'all' ? 'primary' : 'secondary'}
          size={users === 'all' ? 'medium' : 'small'}
          className="max-sm:h-11"
          aria-label={title}
        >
          {users === 'all' ? title : 'Recover'}
        </Button>
      }
    >
      <form onSubmit={submit} className="grid gap-4">
        <p className="text-sm text-ink-soft">
          {unknown
            ? 'Nothing was found of what this person had. Archives are looked through as well; if they know nothing either, the organisation and the role below are given. Begin with the least that is needed.'
            : 'The plan shows every row that would be written: what they had, as it was, and nothing else. Nothing is written before it is approved.'}
        </p>
        {unknown ? (
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label="Organisation" hint="Its key or exact name">
              <Input name="organization" maxLength={300} />
            </Field>
            <Field label="Role" hint="One that somebody has already">
              <Input name="role" maxLength={300} />
            </Field>
          </div>
        ) : null}
        <Field
          label="Why"
          hint="At least a sentence. The second person reads it, and it stays in the record."
        >
          <Textarea name="reason" required minLength={8} maxLength={2000} rows={2} />
        </Field>
        <Refusal of={request.refusal} />
        <Button type="submit" variant="primary" size="large" pending={request.pending}>
          Show what would be written
        </Button>
      </form>
    </Dialog>
  )
}
