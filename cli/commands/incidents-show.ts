import type { CommandResult, Door } from '#cli/command.ts'
import { paintState, table } from '#cli/output.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { readIncident } from '#lib/incidents/export-postmortem.ts'
import type { LastGoodState } from '#lib/incidents/last-good-state/types.ts'
import { getIncidentByReference } from '#lib/incidents/queries.ts'
import { nextStep } from '#lib/incidents/runbooks/plan-runbook.ts'
import type { Incident } from '#lib/incidents/types.ts'

/** An incident as `--json` gives it. */
export const incidentJson = ({ targetId: _, targetName, ...incident }: Incident) => ({
  ...incident,
  target: targetName,
})

/** `incidents show`: what a person at a terminal at 3 a.m. needs, then everything that happened. */
export async function showIncident({ ctx }: Door, [reference]: string[]): Promise<CommandResult> {
  const found = await getIncidentByReference(ctx.db, reference!)
  const { incident, clocks, timeline, pinned, runbook, related, losses } = await readIncident(
    ctx.db,
    found,
    new Date(),
  )
  const next = nextStep(runbook)
  return {
    json: {
      ...incidentJson(incident),
      clocks,
      losses,
      runbook: runbook.map(({ key, phase, title, done, isOptional, behind }) => ({
        key,
        phase,
        title,
        done,
        isOptional,
        command: behind,
      })),
      related: related.map(({ number, title, reasons }) => ({ number, title, reasons })),
      timeline: timeline.map(({ key, ...entry }) => ({ ...entry, isPinned: pinned.has(key) })),
    },
    text: [
      `#${incident.number} ${incident.title}: ${paintState(incident.severity)}, ${incident.status}, ${incident.kind}`,
      `target ${incident.targetName ?? 'Holdfast itself'}, commander ${incident.commander ?? '–'}, assigned to ${incident.assignee ?? '–'}, rows lost ${incident.rowsLost ?? '–'}, recovered ${incident.rowsRecovered ?? '–'}`,
      `detected after ${formatDuration(clocks.detectMs)}, acknowledged after ${formatDuration(clocks.acknowledgeMs)}, recovered after ${formatDuration(clocks.recoverMs)}${clocks.accessMs === null ? '' : `, access back after ${formatDuration(clocks.accessMs)}`}`,
      ...(incident.lastGoodState ? goodStateLines(incident.lastGoodState) : []),
      ...(next && incident.resolvedAt === null
        ? [`next: ${next.title}${next.behind ? `\n${indent(next.behind)}` : ''}`]
        : []),
      ...related.map((each) => `related: #${each.number} ${each.title} (${each.reasons.join('; ')})`),
      '',
      table(
        ['', 'when', 'kind', 'what', 'who'],
        timeline.map((entry) => [
          pinned.has(entry.key) ? '*' : ' ',
          entry.at.toISOString(),
          entry.kind,
          entry.times ? `${entry.title} (${entry.times} times)` : entry.title,
          entry.actor && formatActorName(entry.actor),
        ]),
      ),
    ].join('\n'),
  }
}

const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')

function goodStateLines(state: LastGoodState): string[] {
  const { at, backup, unproven, lossAt } = state
  const ageMs = backup ? Date.parse(lossAt) - Date.parse(backup.takenAt) : null
  return [
    `last good state ${at ?? 'not known'}${state.limits[0] ? `, because of ${state.limits[0].subject}` : ''}`,
    backup
      ? `nearest proven backup ${backup.id} (${backup.kind} of ${backup.takenAt}), ${formatDuration(ageMs)} before the loss`
      : 'no proven backup holds it',
    ...(unproven ? [`newer, not proven: ${unproven.id} (${unproven.kind} of ${unproven.takenAt})`] : []),
  ]
}
