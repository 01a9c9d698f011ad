import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
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

/** What was promised beside what was done, and the rest of the result as the kind recorded it. */
export function ResultPanel({ promisedRows, result }: { promisedRows: number | null; result: unknown }) {
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
          <Link href={`/restores?from=${safety}&rows=all`} className="text-accent hover:underline">
            Plan the way back
          </Link>{' '}
          to the safety copy from before it.
        </p>
      ) : null}
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
