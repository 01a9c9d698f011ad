'use client'

import { useQuery } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import Link from 'next/link'
import type { ReadData } from '#app/_web/read.ts'
import { readAgain } from '#app/_web/use-loaded.ts'
import { Button } from '#components/ui/button.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import { findUndo } from '#lib/restores/journal/find-undo.ts'
import { UndoDialog } from './undo-dialog.tsx'
import type { guardUndosRead } from './undo-queries.ts'

/** What a line of the list is about: what one or several transactions did to one table. */
export interface UndoDeleteProps {
  targetId: string
  role: Role
  table: string
  /** It overwrote rows rather than deleting them. */
  isOverwritten?: boolean
  transactions: readonly { at: string; transactionId: string | null }[]
}

/**
 * Leads from what was let go to the plan that puts it back; says by which operation it was put back already. Nothing for
 * those who may not ask for it and have nothing to read here.
 */
export function UndoDelete({ targetId, role, table, isOverwritten = false, transactions }: UndoDeleteProps) {
  const undos = useQuery({
    queryKey: ['guard-undos', targetId],
    queryFn: ({ signal }) => readAgain<ReadData<typeof guardUndosRead>>('guard-undos', { targetId }, signal),
    meta: { topics: ['operations'], read: { name: 'guard-undos', input: { targetId } } },
  })
  const undone = transactions.map((one) => findUndo(undos.data?.data ?? [], { ...one, table, isOverwritten }))
  const operationId = undone.find((id) => id !== null)
  const left = transactions.filter((_, index) => undone[index] === null)
  const ids = left.flatMap(({ transactionId }) => transactionId ?? [])
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
      {operationId ? (
        <Link
          href={`/operations/${operationId}`}
          className="inline-flex items-center gap-1 text-xs text-good hover:underline"
        >
          <Undo2 className="size-3.5" aria-hidden />
          {left.length === 0
            ? 'undone by'
            : `${undone.length - left.length} of ${undone.length} transactions undone by`}{' '}
          operation {operationId.slice(0, 8)}
        </Link>
      ) : null}
      {ids.length > 0 && can(role, 'operations.request') ? (
        <UndoDialog
          targetId={targetId}
          table={table}
          isOverwritten={isOverwritten}
          transactionIds={ids}
          trigger={
            <Button size="small">
              <Undo2 className="size-3.5" aria-hidden />
              Undo…
            </Button>
          }
        />
      ) : null}
    </span>
  )
}
