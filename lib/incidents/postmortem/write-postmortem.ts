import { formatActorName } from '#lib/format/format-actor.ts'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { formatZoned } from '#lib/format/format-zoned.ts'
import { escapeMarkdown } from '#lib/format/markdown.ts'
import { kindTitles } from '#lib/incidents/types.ts'
import { judgeResponse } from './judge-response.ts'
import { row } from './markdown-row.ts'
import { acts, goodState, proof, timeline } from './record-sections.ts'
import type { PostmortemFacts } from './types.ts'

/** The postmortem's draft in Markdown, from the records alone. Whatever a name or a statement contains stays text. */
export function writePostmortem(facts: PostmortemFacts): string {
  const { incident } = facts
  const sections = [
    `# Postmortem: incident ${incident.number}: ${escapeMarkdown(incident.title)}`,
    summary(facts),
    clocks(facts),
    impact(facts),
    goodState(facts),
    response(facts),
    important(facts),
    blocked(facts),
    acts(facts),
    proof(facts),
    followUps(facts),
    related(facts),
    timeline(facts),
    `_Written by Holdfast from its records on ${formatZoned(facts.writtenAt, facts.timeZone)}._`,
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function summary({ incident, timeZone }: PostmortemFacts): string {
  const time = (at: Date | null) => (at ? formatZoned(at, timeZone) : '—')
  const lines = [
    ['Database', `${incident.targetName ?? '—'}${incident.environment ? ` (${incident.environment})` : ''}`],
    ['Kind', kindTitles[incident.kind]],
    ['Severity', incident.severity],
    ['Status', incident.status],
    ['Commander', incident.commander ?? '—'],
    ['Assigned to', incident.assignee ?? '—'],
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
    ...(clocks.accessMs === null ? [] : [row('people could sign in again', formatDuration(clocks.accessMs))]),
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

function response(facts: PostmortemFacts): string {
  const { well, badly } = judgeResponse(facts)
  const list = (sentences: string[]) =>
    sentences.length > 0
      ? sentences.map((each) => `- ${escapeMarkdown(each)}`).join('\n')
      : 'Nothing on record.'
  return `## What went well\n\n${list(well)}\n\n## What went badly\n\n${list(badly)}`
}

function important({ timeline, pinned, timeZone }: PostmortemFacts): string {
  const entries = timeline.filter(({ key }) => pinned.has(key))
  if (entries.length === 0) return ''
  const lines = entries.map((entry) => {
    const detail = entry.detail ? `: ${escapeMarkdown(entry.detail)}` : ''
    return `- ${formatZoned(entry.at, timeZone)}: ${escapeMarkdown(entry.title)}${detail}`
  })
  return ['## What mattered', '', ...lines].join('\n')
}

function followUps({ runbook }: PostmortemFacts): string {
  const steps = runbook.filter(({ phase, key }) => phase === 'after' && key !== 'close' && key !== 'write-up')
  const lines = steps.map(
    ({ title, done }) =>
      `- [${done ? 'x' : ' '}] ${escapeMarkdown(title)}${done ? `: ${escapeMarkdown(done)}` : ''}`,
  )
  return [
    '## Follow-ups',
    '',
    '- [ ] What let this happen, and what will stop it the next time?',
    '- [ ] What would have told us earlier?',
    ...lines,
  ].join('\n')
}

function related({ related, timeZone }: PostmortemFacts): string {
  if (related.length === 0) return ''
  return [
    '## Related incidents',
    '',
    ...related.map(
      (each) =>
        `- Incident ${each.number} (${formatZoned(each.beganAt, timeZone)}): ${escapeMarkdown(each.title)}: ${escapeMarkdown(each.reasons.join('; '))}`,
    ),
  ].join('\n')
}
