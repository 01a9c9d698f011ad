import { LifeBuoy } from 'lucide-react'
import { Panel } from '#components/ui/card.tsx'
import type { OperationData } from './operation-screen.tsx'

const writesRows = ['restore', 'undo', 'recovery', 'sync-repair']

/** What is kept before anything is written, and how it is taken back. Said until it has run. */
export function SafetyNote({ operation }: { operation: OperationData['operation'] }) {
  if (operation.result !== null || !operation.summary) return null
  const into = (operation.request as { into?: string } | null)?.into
  const sentence =
    operation.kind === 'database-restore'
      ? 'The live database is not touched: the archive is restored into a new database beside it. Its name is switched by an act of its own, and the old database is kept.'
      : operation.kind === 'restore' && into === 'copy'
        ? 'No live row is touched: the rows go to tables of their own, in a schema of their own. Undo removes that schema.'
        : writesRows.includes(operation.kind)
          ? 'Before anything is written, in the same transaction, the rows that it overwrites or deletes are kept as they are, and the keys of those that it makes. They are counted and checked there; without them nothing is written. With them the whole operation is undone, as one more operation.'
          : null
  if (!sentence) return null
  return (
    <Panel
      title={
        <span className="flex items-center gap-2">
          <LifeBuoy aria-hidden className="size-4 text-good" />
          Safety copy and undo
        </span>
      }
    >
      <p className="max-w-prose text-sm">{sentence}</p>
    </Panel>
  )
}
