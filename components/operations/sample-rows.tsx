import { Badge } from '#components/ui/badge.tsx'
import { classNames } from '#components/ui/class-names.ts'
import type { PlannedTable } from '#lib/operations/types.ts'

type Sample = PlannedTable['samples'][number]

const tones = { missing: 'bad', changed: 'warn', extra: 'plain', newer: 'accent' } as const

/** A phone shows two without scrolling far. */
const shownAtOnce = 2

/** Lets rows be ticked by the values of their key. */
interface Ticking {
  isTicked(key: readonly string[]): boolean
  onTick(key: readonly string[]): void
}

/** A few of the rows that a plan is about: for a changed row, the backup's value over the live one. */
export function SampleRows({
  samples,
  withKind = true,
  ticking,
}: {
  samples: readonly Sample[]
  /** Not where the plan is about no difference: a permit's samples are rows that it fits. */
  withKind?: boolean
  ticking?: Ticking | undefined
}) {
  if (samples.length === 0) return null
  const [first, more] = [samples.slice(0, shownAtOnce), samples.slice(shownAtOnce)]
  return (
    <div className="grid gap-2">
      <p className="text-xs text-ink-faint">Samples{ticking ? '. Tick rows to plan only these.' : ''}</p>
      {first.map((sample) => (
        <SampleRow
          key={`${sample.kind}-${sample.key}`}
          sample={sample}
          withKind={withKind}
          ticking={ticking}
        />
      ))}
      {more.length > 0 ? (
        <details className="group">
          <summary className="flex min-h-8 cursor-pointer items-center text-sm text-accent group-open:hidden max-sm:min-h-11">
            {more.length} more samples
          </summary>
          <div className="grid gap-2">
            {more.map((sample) => (
              <SampleRow
                key={`${sample.kind}-${sample.key}`}
                sample={sample}
                withKind={withKind}
                ticking={ticking}
              />
            ))}
          </div>
        </details>
      ) : null}
    </div>
  )
}

function SampleRow({
  sample,
  withKind,
  ticking,
}: {
  sample: Sample
  withKind: boolean
  ticking?: Ticking | undefined
}) {
  const { backup, live } = sample
  const tickable = ticking !== undefined && sample.keyValues !== undefined
  const Head = tickable ? 'label' : 'p'
  const columns = [...new Set([...Object.keys(backup ?? {}), ...Object.keys(live ?? {})])]
  // Of a changed row only what changed is told; the rest is the same on both sides.
  const shown = backup && live ? columns.filter((column) => backup[column] !== live[column]) : columns
  return (
    <div className="min-w-0 rounded-md border border-line bg-surface px-3 py-2">
      <Head
        className={classNames(
          'mb-1 flex flex-wrap items-center gap-2 text-xs',
          tickable && 'min-h-8 cursor-pointer max-sm:min-h-11',
        )}
      >
        {tickable ? (
          <input
            type="checkbox"
            checked={ticking.isTicked(sample.keyValues!)}
            onChange={() => ticking.onTick(sample.keyValues!)}
            aria-label={`Only this row: ${sample.key}`}
            className="size-4 accent-(--accent)"
            data-no-print
          />
        ) : null}
        {withKind ? <Badge tone={tones[sample.kind]}>{sample.kind}</Badge> : null}
        <span className="font-mono break-all">{sample.key}</span>
      </Head>
      <dl className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-3 gap-y-0.5 text-xs">
        {shown.map((column) => (
          <div key={column} className="contents">
            <dt className="font-mono wrap-anywhere text-ink-faint">{column}</dt>
            <dd className="grid min-w-0 font-mono wrap-anywhere">
              {backup ? <Value of={backup[column]} /> : null}
              {live ? <Value of={live[column]} struck={backup !== undefined} /> : null}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

function Value({ of: value, struck = false }: { of: string | null | undefined; struck?: boolean }) {
  if (value === undefined) return <span className="text-ink-faint">no such column</span>
  return (
    <span className={classNames(struck && 'text-ink-faint line-through', value === null && 'italic')}>
      {struck ? <span className="sr-only">live now: </span> : null}
      {value ?? 'null'}
    </span>
  )
}
