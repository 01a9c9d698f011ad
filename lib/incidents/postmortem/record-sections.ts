import { formatActorName } from '#lib/format/format-actor.ts'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { formatZoned } from '#lib/format/format-zoned.ts'
import { escapeMarkdown } from '#lib/format/markdown.ts'
import type { TimelineEntry } from '#lib/incidents/types.ts'
import { row } from './markdown-row.ts'
import type { PostmortemFacts } from './types.ts'

export function acts({ operations }: PostmortemFacts): string {
  if (operations.length === 0) return '## What was done\n\nNo guarded act was requested.'
  return [
    '## What was done',
    '',
    row(
      'Act',
      'Status',
      'Plan',
      'Reason',
      'Requested by',
      'Approved by',
      'Fingerprint',
      'Rows promised',
      'Rows done',
    ),
    row('---', '---', '---', '---', '---', '---', '---', '---:', '---:'),
    ...operations.map((operation) =>
      row(
        escapeMarkdown(operation.kind),
        operation.status,
        escapeMarkdown(operation.sentence ?? '—'),
        escapeMarkdown(operation.reason),
        escapeMarkdown(formatActorName(operation.requestedBy)),
        escapeMarkdown(operation.approvedBy ?? '—'),
        operation.fingerprint ? `\`${operation.fingerprint.slice(0, 16)}\`` : '—',
        formatCount(operation.promisedRows),
        formatCount(operation.doneRows),
      ),
    ),
  ].join('\n')
}

export function proof({ operations, timeline, timeZone }: PostmortemFacts): string {
  const kept = operations.filter(
    (operation) => operation.status === 'succeeded' && operation.promisedRows === operation.doneRows,
  )
  const drills = timeline.filter((entry) => entry.kind === 'drill' || entry.kind === 'backup')
  const lines = [
    ...kept.map(
      (operation) =>
        `- ${escapeMarkdown(operation.kind)} wrote exactly the ${countOf(operation.doneRows ?? 0, 'row')} that its approved plan promised, and was verified after the commit.`,
    ),
    ...drills.map((entry) => `- ${formatZoned(entry.at, timeZone)}: ${escapeMarkdown(entry.title)}`),
  ]
  return ['## Proof', '', ...(lines.length > 0 ? lines : ['Nothing was proven.'])].join('\n')
}

export const timeline = ({ timeline, pinned, timeZone }: PostmortemFacts): string =>
  [
    `## Timeline (${escapeMarkdown(timeZone)})`,
    '',
    row('When', 'Kind', 'What', 'Who'),
    row('---', '---', '---', '---'),
    ...timeline.map((entry) =>
      row(
        `${pinned.has(entry.key) ? '**' : ''}${formatZoned(entry.at, timeZone)}${pinned.has(entry.key) ? '**' : ''}`,
        entry.kind,
        escapeMarkdown(
          `${entry.title}${repeated(entry, timeZone)}${entry.detail ? `: ${entry.detail}` : ''}`,
        ),
        escapeMarkdown(entry.actor === null ? '' : formatActorName(entry.actor)),
      ),
    ),
  ].join('\n')

/** A line that stands for many, and one that was written later than it happened, say so. */
function repeated({ times, lastAt, writtenAt }: TimelineEntry, timeZone: string): string {
  if (times && lastAt) return ` (${times} times, last at ${formatZoned(lastAt, timeZone)})`
  return writtenAt ? ` (written at ${formatZoned(writtenAt, timeZone)})` : ''
}

export function goodState({ incident: { lastGoodState: state }, timeZone }: PostmortemFacts): string {
  if (!state) return ''
  const lines = [
    state.at
      ? `Everything that is watched was well at ${formatZoned(state.at, timeZone)}, as ${countOf(state.subjects, 'table or check', 'tables and checks')} say.`
      : 'No moment is known at which everything was well.',
    ...state.limits.map(
      ({ subject, lastWellAt, firstIllAt, evidence }) =>
        `- ${escapeMarkdown(subject)}: last well at ${lastWellAt ? formatZoned(lastWellAt, timeZone) : 'no moment on record'}, no more at ${formatZoned(firstIllAt, timeZone)} (${evidence})`,
    ),
    state.backup
      ? `The nearest proven backup before it is the ${state.backup.kind} of ${formatZoned(state.backup.takenAt, timeZone)} (${state.backup.verification}), ${formatDuration(Date.parse(state.lossAt) - Date.parse(state.backup.takenAt))} before the loss.`
      : 'No proven backup holds that state.',
    ...(state.writtenSince?.length
      ? [
          `Written after it, and kept by putting back rows alone: ${state.writtenSince.map(({ table, rows }) => `${escapeMarkdown(table)} ${formatCount(rows)}`).join(', ')}.`,
        ]
      : []),
  ]
  return [
    '## Last known good state',
    '',
    ...lines.flatMap((line, index) => (line.startsWith('- ') || index === 0 ? [line] : ['', line])),
  ].join('\n')
}
