'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { requestRestoreAction } from '#app/(console)/restores/actions.ts'
import { Button } from '#components/ui/button.tsx'
import { Choice } from '#components/ui/choice.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'

/** As many as one request takes. */
const mostTransactions = 1_000

const modes = [
  {
    value: 'missing',
    title: 'Deleted rows',
    about: 'Puts back rows that are gone. Touches no row that lives.',
  },
  {
    value: 'changed',
    title: 'Overwritten rows too',
    about:
      'Also sets overwritten values back. A row that was changed again since, or made anew, stays and is shown.',
  },
] as const

/** Asks how much and why, then leads to the plan, which a second person approves. */
export function UndoDialog({
  targetId,
  table,
  isOverwritten,
  transactionIds,
  trigger,
}: {
  targetId: string
  table: string
  isOverwritten: boolean
  transactionIds: readonly string[]
  trigger: ReactNode
}) {
  const router = useRouter()
  const formId = useId()
  const [open, setOpen] = useState(false)
  const [mode, setMode] = useState<string>(isOverwritten ? 'changed' : 'missing')
  const [isWhole, setIsWhole] = useState(true)
  const request = useAction(requestRestoreAction, {
    quiet: true,
    onDone: ({ operationId }) => router.push(`/operations/${operationId}`),
  })
  const ids = [...new Set(transactionIds)].slice(0, mostTransactions)
  const what = ids.length === 1 ? `transaction ${ids[0]}` : `${ids.length} transactions`

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void request.run({
      targetId,
      reason: String(new FormData(event.currentTarget).get('reason') ?? ''),
      request: {
        source: { kind: 'journal', transactionIds: ids },
        tables: isWhole ? [] : [table],
        rows: mode,
        into: 'place',
      },
    })
  }

  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={`Undo ${what}`}
      about="From the guards’ journal. Only reads: it shows what would be written, row by row, before anyone decides."
      trigger={trigger}
      footer={
        <>
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" pending={request.pending}>
            Show what would be written
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="grid gap-4">
        <fieldset className="grid gap-2">
          <legend className="mb-1 text-xs font-medium text-ink-soft">What to put back</legend>
          {modes.map((each) => (
            <Choice
              key={each.value}
              name="rows"
              checked={mode === each.value}
              onChoose={() => setMode(each.value)}
              title={each.title}
              about={each.about}
            />
          ))}
        </fieldset>
        <label className="flex min-h-8 items-center gap-2 text-sm">
          <input type="checkbox" checked={isWhole} onChange={({ target }) => setIsWhole(target.checked)} />
          <span className="min-w-0">
            In every table that {ids.length === 1 ? 'it' : 'they'} touched, not only in{' '}
            <span className="font-mono text-xs break-all">{table}</span>
          </span>
        </label>
        <Field
          label="Why"
          hint="At least a sentence. The second person reads it, and it stays in the record."
        >
          <Textarea name="reason" required minLength={8} maxLength={2000} rows={2} />
        </Field>
        <Refusal of={request.refusal} />
      </form>
    </Dialog>
  )
}
