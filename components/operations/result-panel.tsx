import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { type RequestUndo, UndoButton } from '#components/operations/undo-button.tsx'
import { Code } from '#components/ui/code.tsx'
import { formatCount } from '#lib/format/format-count.ts'

/** What a kind's result may say, beyond its own: shown beside the promise. */
interface KnownResult {
  writtenRows?: unknown
  safetyBackupId?: unknown
}

const words = (name: string): string => name.replace(/([A-Z])/g, ' $1').toLowerCase()

/** Permits, removals and policies promise no rows: their numbers stay in the record. */
export const isAboutRows = (promisedRows: number | null, result: unknown): boolean =>
  (promisedRows ?? 0) > 0 || typeof (result as KnownResult | null)?.writtenRows === 'number'

/** What is known of the operation's undo. `request` is left out for people who may not ask for it. */
export interface ShownUndo {
  operationId: string
  state: {
    isPossible: boolean
    instead: string | null
    expiredAt: string | null
    undos: readonly { id: string; status: string }[]
  }
  request?: RequestUndo | undefined
}

/** What was promised beside what was done, and the rest of the result as the kind recorded it. */
export function ResultPanel({
  promisedRows,
  result,
  undo,
}: {
  promisedRows: number | null
  result: unknown
  undo?: ShownUndo
}) {
  if (typeof result !== 'object' || result === null) return null
  const { writtenRows: written, safetyBackupId: safety } = result as KnownResult
  const numbers = Object.entries(result).filter(
    (entry): entry is [string, number] =>
      typeof entry[1] === 'number' && entry[0] !== 'writtenRows' && entry[0] !== 'promisedRows',
  )
  const kept = typeof written === 'number' && promisedRows !== null ? written === promisedRows : null
  return (
    <div className="grid gap-3">
      {isAboutRows(promisedRows, result) ? (
        <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
          {promisedRows !== null ? <Figure name="Promised rows" value={promisedRows} /> : null}
          {typeof written === 'number' ? (
            <Figure
              name="Written rows"
              value={written}
              note={kept === null ? '' : kept ? 'as promised' : 'not as promised'}
              tone={kept === false ? 'text-bad' : 'text-good'}
            />
          ) : null}
          {numbers.map(([name, value]) => (
            <Figure key={name} name={words(name)} value={value} />
          ))}
        </dl>
      ) : null}
      {typeof safety === 'string' ? (
        <p className="text-sm">
          Not what was meant?{' '}
          <Link href={`/restores/new?from=${safety}&rows=all`} className="text-accent hover:underline">
            Plan the way back
          </Link>{' '}
          to the safety copy from before it.
        </p>
      ) : null}
      {undo ? <UndoLine {...undo} /> : null}
      <details className="group">
        <summary className="flex min-h-8 cursor-pointer items-center gap-1 text-sm text-accent max-sm:min-h-11">
          <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
          The whole record
        </summary>
        <Code label="result">{JSON.stringify(result, null, 2)}</Code>
      </details>
    </div>
  )
}

const stateWords: Record<string, string> = {
  succeeded: 'It was undone',
  failed: 'An undo failed',
  refused: 'An undo was refused',
  expired: 'An undo expired',
  cancelled: 'An undo was cancelled',
}

function UndoLine({ operationId, state, request }: ShownUndo) {
  const last = state.undos.at(-1)
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 text-sm print:hidden">
      {last ? (
        <Link href={`/operations/${last.id}`} className="text-accent hover:underline">
          {stateWords[last.status] ?? 'It is being undone'}: see that operation
        </Link>
      ) : null}
      {state.isPossible && last?.status !== 'succeeded' && request ? (
        <UndoButton operationId={operationId} request={request} />
      ) : null}
      {state.expiredAt ? (
        <span className="text-ink-soft">
          The rows that it kept for its undo were removed on {state.expiredAt.slice(0, 10)}: go back by a
          backup from before it.
        </span>
      ) : null}
    </div>
  )
}

function Figure({
  name,
  value,
  note,
  tone = '',
}: {
  name: string
  value: number
  note?: string
  tone?: string
}) {
  return (
    <div>
      <dt className="text-xs text-ink-faint first-letter:uppercase">{name}</dt>
      <dd className={`text-xl font-semibold tracking-tight ${tone}`}>{formatCount(value)}</dd>
      {note ? <dd className="text-xs text-ink-soft">{note}</dd> : null}
    </div>
  )
}
