import { countOf } from '#lib/format/format-count.ts'
import { formatUtc } from '#lib/format/format-time.ts'
import { isRunning } from './step-words.ts'
import type { RunbookFacts, Step } from './types.ts'

function noticeOf({ incident }: RunbookFacts): { subject: string; body: string } {
  const lost = incident.rowsLost ? `${countOf(incident.rowsLost, 'row')} are known to be gone. ` : ''
  const good = incident.lastGoodState?.at
    ? `The last good state is of ${formatUtc(incident.lastGoodState.at)}. `
    : ''
  return {
    subject: incident.title.slice(0, 200),
    body: [
      `We noticed a problem at ${formatUtc(incident.openedAt)}; it began at ${formatUtc(incident.beganAt)}.`,
      `${lost}${good}`.trim(),
      `${incident.commander ?? incident.assignee ?? 'Somebody'} leads the work.`,
      'The next news comes within 30 minutes.',
    ]
      .filter((line) => line !== '')
      .join('\n'),
  }
}

export const tellStep: Step = {
  key: 'tell',
  phase: 'telling',
  title: 'Tell the stakeholders',
  about:
    'What happened, what is known, what comes next. The text is prefilled from the records; change it as you like.',
  done: ({ toldStakeholders }) =>
    toldStakeholders > 0 ? `Told ${toldStakeholders === 1 ? 'once' : `${toldStakeholders} times`}` : null,
  act: (facts) =>
    facts.incident.status === 'closed'
      ? null
      : { type: 'tell', title: 'Write the notice', permission: 'incidents.tell', ...prefilled(facts) },
  behind: ({ incident }) => `holdfast incidents tell ${incident.number} --title TITLE --text TEXT`,
}

/** Once it is over the notice says so. */
function prefilled(facts: RunbookFacts): { subject: string; body: string } {
  const { incident } = facts
  if (incident.stableAt === null) return noticeOf(facts)
  const back = incident.rowsRecovered ? `${countOf(incident.rowsRecovered, 'row')} were put back. ` : ''
  return {
    subject: `Over: ${incident.title}`.slice(0, 200),
    body: [
      `It is over since ${formatUtc(incident.stableAt)}.`,
      `${back}${incident.resolution ?? ''}`.trim(),
      'A written account follows.',
    ]
      .filter((line) => line !== '')
      .join('\n'),
  }
}

export const statusPageStep: Step = {
  key: 'status-page',
  phase: 'telling',
  title: 'Update the status page',
  about:
    'Where users look: one notice in plain words, without internals. It is public only if the page is switched on.',
  isOptional: true,
  done: ({ statusNotice }) => (statusNotice ? `It says: ${statusNotice}` : null),
  act: ({ incident }) =>
    incident.status === 'closed'
      ? null
      : {
          type: 'notice',
          title: 'Write the public notice',
          body: incident.stableAt
            ? 'The problem is over. Everything works again.'
            : 'We noticed a problem and are working on it. More within 30 minutes.',
          permission: 'status.notice',
        },
}

export const resolveStep: Step = {
  key: 'resolve',
  phase: 'telling',
  title: 'Resolve it',
  about: 'With a word on how it ended; its channels hear of it. It goes into the postmortem.',
  done: ({ incident }) => (incident.resolvedAt ? 'Resolved' : null),
  act: (facts) => (isRunning(facts) ? { type: 'resolve', permission: 'incidents.move' } : null),
  behind: ({ incident }) => `holdfast incidents resolve ${incident.number} --resolution TEXT`,
}
