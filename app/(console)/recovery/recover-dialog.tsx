'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Checkbox, Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import { requestRecoveryAction } from './actions.ts'
import { GrantChoice } from './grant-choice.tsx'
import type { FoundMembership, FoundUser } from './locked-out-panel.tsx'
import type { RecoveryData } from './recovery-screen.tsx'

const titleOf = (users: 'all' | FoundUser[], known: number): string => {
  if (users === 'all') return `Recover all ${formatCount(known)}`
  const [one] = users
  return users.length === 1 ? `Recover ${one!.label ?? one!.user}` : `Recover the ${users.length} selected`
}

/** Asks why, and leads to the plan; a second person approves that. */
export function RecoverDialog({
  data,
  membership,
  users,
  several = false,
}: {
  data: RecoveryData
  membership: FoundMembership
  users: 'all' | FoundUser[]
  /** The panel's one button, not a row's. */
  several?: boolean
}) {
  const [open, setOpen] = useState(false)
  const router = useRouter()
  const request = useAction(requestRecoveryAction, {
    quiet: true,
    onDone: ({ operationId }) => router.push(`/operations/${operationId}`),
  })
  const all = users === 'all' ? membership.users.filter((user) => user.had.length > 0) : users
  const isUnknown = all.every((user) => user.had.length + user.removed.length === 0)
  const wasTaken = all.some((user) =>
    user.removed.some(({ removal }) => removal === 'approved' || removal === 'earlier'),
  )
  const isOnlyTaken = all.every((user) => user.had.length === 0)

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
        membership: membership.name,
        since: data.found?.lostSince ?? null,
        archives: data.found?.archives ? true : null,
        includeRemoved: form.get('includeRemoved') !== null,
        organization: given('organization'),
        role: given('role'),
      },
    })
  }

  const title = titleOf(users, all.length)
  const isPrimary = users === 'all' || several
  return (
    <Dialog
      title={title}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button
          variant={isPrimary ? 'primary' : 'secondary'}
          size={isPrimary ? 'medium' : 'small'}
          className="max-sm:h-11"
          aria-label={title}
        >
          {isPrimary ? title : 'Recover'}
        </Button>
      }
    >
      <form onSubmit={submit} className="grid gap-4">
        <p className="text-sm text-ink-soft">
          {isUnknown
            ? 'Nothing was found of what they had. Archives are looked through as well; if they know nothing either, the organisation and the role below are given.'
            : 'The plan shows every row that would be written: what they had, as it was, and nothing else. Nothing is written before it is approved.'}
        </p>
        {isUnknown ? <GrantChoice choices={membership.choices} /> : null}
        {wasTaken && users !== 'all' ? (
          <Checkbox
            name="includeRemoved"
            defaultChecked={false}
            required={isOnlyTaken}
            label="Give back too what was not lost"
            hint="It was taken away with approval, or was gone before the loss began. Be sure that this was wrong."
          />
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
