import { colors } from '#cli/output.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'

const shownPerKind = 3

const durationText = (ms: number): string =>
  ms < 1_000
    ? 'under a second'
    : ms < 90_000
      ? `${Math.round(ms / 1_000)} s`
      : `${Math.round(ms / 60_000)} min`

type Sample = NonNullable<OperationDetails['summary']>['tables'][number]['samples'][number]

const valueText = (value: string | null | undefined): string =>
  value === null || value === undefined ? '∅' : value

/** One row of a plan: its key, and where both sides are known only what differs. */
function sampleText({ kind, key, backup, live }: Sample): string {
  const isKey = (column: string) => `, ${key}`.includes(`, ${column}=`)
  const values = backup ?? live ?? {}
  const differing = Object.keys(values).filter(
    (column) => (!backup || !live || backup[column] !== live[column]) && !isKey(column),
  )
  const shown = differing
    .slice(0, 6)
    .map((column) =>
      backup && live
        ? `${column}: ${valueText(live[column])} (source: ${valueText(backup[column])})`
        : `${column}: ${valueText(values[column])}`,
    )
  return `    ${kind}  ${key}  ${shown.join(', ')}`
}

/** A few of each kind. */
const pickSamples = (samples: readonly Sample[]): Sample[] =>
  samples.filter(
    (sample, i) => samples.slice(0, i).filter(({ kind }) => kind === sample.kind).length < shownPerKind,
  )

/** What a plan says beside its counts: rows to recognise, notes, what it leaves out, locks, how long it will take. */
export function planLines({ summary }: Pick<OperationDetails, 'summary'>): string[] {
  if (!summary) return []
  const lines: string[] = []
  for (const { table, notes, samples } of summary.tables) {
    if (notes.length + samples.length === 0) continue
    lines.push('', table, ...notes.map((note) => `  ${note}`))
    lines.push(...pickSamples(samples).map((sample) => colors.dim(sampleText(sample))))
  }
  const list = (title: string, sentences: readonly string[] | undefined) => {
    if (sentences && sentences.length > 0) lines.push('', title, ...sentences.map((each) => `  ${each}`))
  }
  list('Not covered:', summary.notCovered)
  list('Locks:', summary.locks)
  if (summary.estimateMs !== null)
    lines.push(
      '',
      `It takes about ${durationText(summary.estimateMs)}${summary.estimateFrom ? ` (${summary.estimateFrom})` : ''}.`,
    )
  return lines
}

interface CopyShown {
  schema: string
  tables: { table: string; copy: string; rows: number }[]
  statements: { look: string[]; move: string[]; reset: string[]; drop: string }
}

/** Where a copy is, and what a person can do with it. Empty for a result without one. */
export function copyLines(result: unknown): string[] {
  const copy = (result as { copy?: CopyShown | null } | null)?.copy
  if (!copy) return []
  const { look, move, reset, drop } = copy.statements
  return [
    '',
    `The rows are in the schema ${copy.schema}:`,
    ...copy.tables.map(({ table, copy: relation, rows }) => `  ${relation}  ${rows} rows of ${table}`),
    '',
    'Look at them:',
    ...look.map((statement) => `  ${statement}`),
    'Move by hand those that live lacks:',
    ...move.map((statement) => `  ${statement}`),
    ...(reset.length > 0
      ? ['Reset by hand those that live changed:', ...reset.map((statement) => `  ${statement}`)]
      : []),
    'Drop the copy when it is not needed any more:',
    `  ${drop}`,
  ]
}
