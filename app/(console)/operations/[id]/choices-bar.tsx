'use client'

import { useRouter } from 'next/navigation'
import { useAction } from '#app/_web/use-action.ts'
import { reopenRestoreAction, requestDraftAction } from '#app/(console)/restores/actions.ts'
import { type Narrow, narrowedChoices } from '#components/operations/narrow.ts'
import { Button } from '#components/ui/button.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { countOf } from '#lib/format/format-count.ts'
import type { OperationData } from './operation-screen.tsx'

/** Back to the choices, or a smaller plan of what is ticked. Either way this plan is void when another one is asked for. */
export function ChoicesBar({
  data: { operation, chosen, userId },
  narrow,
  onDone,
}: {
  data: OperationData
  narrow: Narrow
  onDone(): void
}) {
  const router = useRouter()
  const reopening = useAction(reopenRestoreAction, { quiet: true })
  const asking = useAction(requestDraftAction, { quiet: true })
  const pending = reopening.pending || asking.pending
  const rows = narrow.rows.filter(({ table }) => !narrow.out.includes(table)).length
  const narrowed = rows > 0 || narrow.out.length > 0
  const isOpen = ['requested', 'planned', 'awaiting-approval', 'approved'].includes(operation.status)
  const isOwn = operation.requestedByUserId === userId

  const reopen = async () => (await reopening.run({ operationId: operation.id })) ?? null
  const back = async () => {
    const reopened = await reopen()
    if (reopened?.ok) router.push(`/restores/${reopened.value.draftId}?step=where`)
  }
  const planAgain = async () => {
    const reopened = await reopen()
    if (!reopened?.ok) return
    const { draftId } = reopened.value
    const asked = await asking.run({
      draftId,
      ...(narrowed ? { narrowed: narrowedChoices(narrow, chosen) } : {}),
    })
    if (!asked?.ok) return
    onDone()
    router.push(`/operations/${asked.value.operationId}`)
  }

  const what = rows > 0 ? `only ${countOf(rows, 'row')}` : `without ${countOf(narrow.out.length, 'table')}`
  return (
    <div className="grid gap-2 border-t border-line pt-3" data-no-print>
      <Refusal of={reopening.refusal ?? asking.refusal} />
      <div className="flex flex-wrap items-center gap-2">
        {narrowed ? (
          <Button variant="primary" size="large" pending={pending} onClick={planAgain}>
            Plan {what}
          </Button>
        ) : null}
        {!narrowed && !isOpen ? (
          <Button variant="primary" size="large" pending={pending} onClick={planAgain}>
            Plan it again
          </Button>
        ) : null}
        <Button size="large" pending={pending} onClick={back}>
          Change the choices
        </Button>
      </div>
      <p className="text-xs text-ink-faint">
        {isOpen && isOwn
          ? 'Another plan takes the place of this one, which is cancelled then.'
          : isOpen
            ? 'Makes a plan of your own; this one stays as it is.'
            : 'The plan is computed anew.'}
      </p>
    </div>
  )
}
