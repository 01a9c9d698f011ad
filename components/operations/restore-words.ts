import type { ShownStep } from '#components/operations/act-stepper.tsx'
import { countOf } from '#lib/format/format-count.ts'
import { formatUtc } from '#lib/format/format-time.ts'
import type { DraftChoices } from '#lib/restores/drafts/draft-choices.ts'

const modeWords = {
  missing: 'missing rows only',
  changed: 'changed rows too',
  all: 'equal to the copy',
} as const

const placeWords = {
  copy: 'a copy beside the original',
  place: 'the live tables',
  database: 'the whole database, beside the live one',
} as const

interface Copy {
  id: string
  kind: string
  takenAt: string | null
}

const minuteOf = (at: string): string => formatUtc(at).replace(/:\d\d UTC$/, ' UTC')

/** Which tables and which rows of them, in a few words. */
function lostWords({ tables, picked, organization, changed }: DraftChoices): string {
  const rows = picked?.reduce((sum, { keys }) => sum + keys.length, 0) ?? 0
  if (rows > 0) return `only ${countOf(rows, 'chosen row')} in ${countOf(picked!.length, 'table')}`
  const narrowed = [
    organization ? `only of ${organization.key}` : null,
    changed ? 'only of a time' : null,
  ].filter(Boolean)
  const which = tables && tables.length > 0 ? countOf(tables.length, 'table') : 'every table of the copy'
  return [which, ...narrowed].join(', ')
}

function sourceWords({ source }: DraftChoices, copies: readonly Copy[]): string | null {
  if (!source) return null
  if (source.kind === 'journal')
    return source.since
      ? `the guards’ journal since ${minuteOf(source.since)}`
      : `the guards’ journal, ${countOf(source.transactionIds?.length ?? 0, 'transaction')}`
  if (!('backupId' in source)) return source.kind === 'target' ? 'another target' : 'an operation of before'
  const copy = copies.find(({ id }) => id === source.backupId)
  return copy?.takenAt ? `the ${copy.kind} of ${minuteOf(copy.takenAt)}` : `the ${source.kind}`
}

/** The first half of a restore, as it was chosen; its state and links are the page's to add. */
export const restoreSteps = ({
  reason,
  choices,
  copies,
}: {
  reason: string
  choices: DraftChoices
  copies: readonly Copy[]
}): Omit<ShownStep, 'state' | 'href'>[] => [
  { key: 'why', title: 'Why', chosen: reason || null },
  { key: 'lost', title: 'What was lost', chosen: lostWords(choices) },
  { key: 'source', title: 'From which copy', chosen: sourceWords(choices, copies) },
  {
    key: 'where',
    title: 'Where, and how much',
    chosen: `${placeWords[choices.into ?? 'copy']}, ${modeWords[choices.rows ?? 'missing']}`,
  },
  { key: 'plan', title: 'What would be written', chosen: null },
  { key: 'approval', title: 'Approval', chosen: null },
  { key: 'run', title: 'Run', chosen: null },
  { key: 'proof', title: 'Proof and undo', chosen: null },
]
