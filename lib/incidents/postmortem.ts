import { formatActorName } from '#lib/format/format-actor.ts'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { formatZoned } from '#lib/format/format-zoned.ts'
import { escapeMarkdown } from '#lib/format/markdown.ts'
import type { Clocks } from './clocks.ts'
import type { TableLoss } from './measure-loss.ts'
import type { Incident, TimelineEntry } from './types.ts'

/** A guarded act as the postmortem tells it. */
export interface ToldOperation {
  kind: string
  status: string
  sentence: string | null
  reason: string
  requestedBy: string
  approvedBy: string | null
  fingerprint: string | null
  promisedRows: number | null
  doneRows: number | null
  finishedAt: Date | null
}

export interface PostmortemFacts {
  incident: Incident
  clocks: Clocks
  timeline: readonly TimelineEntry[]
  losses: readonly TableLoss[] | null
  operations: readonly ToldOperation[]
  timeZone: string
  writtenAt: Date
}

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`

/** The postmortem's draft in Markdown, from the records alone. Whatever a name or a statement contains stays text. */
export function writePostmortem(facts: PostmortemFacts): string {
  const { incident } = facts
  const sections = [
    `# Postmortem: incident ${incident.number}: ${escapeMarkdown(incident.title)}`,
    summary(facts),
    clocks(facts),
    impact(facts),
    blocked(facts),
    acts(facts),
    proof(facts),
    timeline(facts),
    [
      '## Follow-ups',
      '',
      '- [ ] What let this happen, and what will stop it the next time?',
      '- [ ] What would have told us earlier?',
      '- [ ] Which budget, check or schedule of the policy changes?',
    ].join('\n'),
    `_Written by Holdfast from its records on ${formatZoned(facts.writtenAt, facts.timeZone)}._`,
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function summary({ incident, timeZone }: PostmortemFacts): string {
  const time = (at: Date | null) => (at ? formatZoned(at, timeZone) : '—')
  const lines = [
    ['Database', `${incident.targetName ?? '—'}${incident.environment ? ` (${incident.environment})` : ''}`],
    ['Severity', incident.severity],
    ['Status', incident.status],
    ['Commander', incident.commander ?? '—'],
    ['Opened by', formatActorName(incident.openedBy)],
    ['Began', time(incident.beganAt)],
    ['Opened', time(incident.openedAt)],
    ['Acknowledged', time(incident.acknowledgedAt)],
    ['Stable', time(incident.stableAt)],
    ['Resolved', time(incident.resolvedAt)],
    ['Rows lost', formatCount(incident.rowsLost)],
    ['Rows recovered', formatCount(incident.rowsRecovered)],
  ]
  return [
    '## Summary',
    '',
    incident.resolution ? escapeMarkdown(incident.resolution) : 'Not resolved yet.',
    '',
    row('What', 'Value'),
    row('---', '---'),
    ...lines.map(([what, value]) => row(what!, escapeMarkdown(value!))),
  ].join('\n')
}

const clocks = ({ clocks }: PostmortemFacts): string =>
  [
    '## Clocks',
    '',
    row('From the beginning until', 'Took'),
    row('---', '---'),
    row('detected', formatDuration(clocks.detectMs)),
    row('acknowledged', formatDuration(clocks.acknowledgeMs)),
    row('recovered', formatDuration(clocks.recoverMs)),
    row('resolved', formatDuration(clocks.resolveMs)),
  ].join('\n')

function impact({ losses, incident }: PostmortemFacts): string {
  const head = ['## Impact', '']
  if (losses === null) return [...head, 'No evidence of lost rows was recorded.'].join('\n')
  if (losses.length === 0) return [...head, 'No rows were lost.'].join('\n')
  return [
    ...head,
    `${countOf(incident.rowsLost ?? 0, 'row')} lost, ${countOf(incident.rowsRecovered ?? 0, 'row')} recovered.`,
    '',
    row('Table', 'Rows lost', 'Evidence'),
    row('---', '---:', '---'),
    ...losses.map((loss) => row(escapeMarkdown(loss.table), formatCount(loss.rows), loss.evidence)),
  ].join('\n')
}

function blocked({ timeline, timeZone }: PostmortemFacts): string {
  const refused = timeline.filter(
    (entry) =>
      entry.kind === 'refusal' || (entry.kind === 'guard' && entry.title.startsWith('Guard refused')),
  )
  if (refused.length === 0) return '## What was blocked\n\nNothing.'
  return [
    '## What was blocked',
    '',
    ...refused.map(
      (entry) =>
        `- ${formatZoned(entry.at, timeZone)}: ${escapeMarkdown(entry.title)}${entry.actor ? ` (${escapeMarkdown(formatActorName(entry.actor))})` : ''}`,
    ),
  ].join('\n')
}

function acts({ operations }: PostmortemFacts): string {
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

function proof({ operations, timeline, timeZone }: PostmortemFacts): string {
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

const timeline = ({ timeline, timeZone }: PostmortemFacts): string =>
  [
    `## Timeline (${escapeMarkdown(timeZone)})`,
    '',
    row('When', 'Kind', 'What', 'Who'),
    row('---', '---', '---', '---'),
    ...timeline.map((entry) =>
      row(
        formatZoned(entry.at, timeZone),
        entry.kind,
        escapeMarkdown(entry.detail ? `${entry.title}: ${entry.detail}` : entry.title),
        escapeMarkdown(entry.actor === null ? '' : formatActorName(entry.actor)),
      ),
    ),
  ].join('\n')
