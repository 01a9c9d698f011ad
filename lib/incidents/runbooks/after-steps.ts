import { canMove } from '#lib/incidents/transitions.ts'
import { pageOf, shellName } from './step-words.ts'
import type { RunbookFacts, Step } from './types.ts'

const policyPage = (facts: RunbookFacts, title: string) => ({
  type: 'go' as const,
  title,
  href: pageOf(facts, '/settings'),
})

export const writeUpStep: Step = {
  key: 'write-up',
  phase: 'after',
  title: 'Document exactly what happened',
  about: 'The postmortem is drafted from the records. Read it, add what no record knows, keep it.',
  act: ({ incident }) => ({
    type: 'download',
    title: 'Download the postmortem',
    href: `/api/incidents/${incident.id}/postmortem`,
  }),
  behind: ({ incident }) => `holdfast incidents export ${incident.number} > postmortem.md`,
}

export const preventionStep: Step = {
  key: 'prevention',
  phase: 'after',
  title: 'Plan what prevents it',
  about: 'Which budget, check or schedule would have stopped it or told earlier? Tighten it in the policy.',
  act: (facts) => policyPage(facts, 'Open the policy'),
  behind: (facts) => `holdfast policy show ${shellName(facts)}`,
}

export const backupsDailyStep: Step = {
  key: 'backups-daily',
  phase: 'after',
  title: 'Backups every day, kept and verified',
  about: 'An archive at least once a day, outside the target, kept 30 days.',
  done: ({ schedules }) => (schedules?.archive ? 'The policy takes archives by schedule' : null),
  act: (facts) => policyPage(facts, 'Set the schedule'),
  behind: (facts) => `holdfast backups retention ${shellName(facts)}`,
}

export const drillsWeeklyStep: Step = {
  key: 'drills-weekly',
  phase: 'after',
  title: 'A restore test every week',
  about: 'A drill proves that what is backed up can be restored; 30 days of passed ones are the goal.',
  done: ({ schedules }) => (schedules?.drill ? 'The policy runs drills by schedule' : null),
  act: (facts) => policyPage(facts, 'Set the schedule'),
  behind: (facts) => `holdfast drills run ${shellName(facts)}`,
}

export const alarmsStep: Step = {
  key: 'alarms',
  phase: 'after',
  title: 'An alarm for the next one',
  about:
    'An alert when a protected table loses more than a twentieth of its rows or becomes empty, and a channel that hears it.',
  act: () => ({ type: 'go', title: 'Open the channels', href: '/settings/channels' }),
}

export const gateStep: Step = {
  key: 'gate',
  phase: 'after',
  title: 'Changes go through the gate',
  about:
    'Rehearsed on a copy, two people, a way back, the impact written down: nothing reaches production without.',
  act: (facts) => ({ type: 'go', title: 'Open deployments', href: pageOf(facts, '/deployments') }),
  behind: (facts) => `holdfast deployments validate ${shellName(facts)} --migration FILE.sql`,
}

export const teamStep: Step = {
  key: 'team',
  phase: 'after',
  title: 'The team knows',
  about:
    'Everybody who can change the database has read the postmortem and knows where the Emergency button is.',
}

export const closeStep: Step = {
  key: 'close',
  phase: 'after',
  title: 'Close it',
  about: 'When the follow-ups have an owner. A closed incident is history: nothing is added any more.',
  done: ({ incident }) => (incident.closedAt ? 'Closed' : null),
  act: ({ incident }) =>
    canMove(incident.status, 'closed')
      ? {
          type: 'do',
          title: 'Close it',
          verb: 'move',
          input: { incidentId: incident.id, to: 'closed' },
          permission: 'incidents.move',
          done: 'The incident is closed',
        }
      : null,
  behind: ({ incident }) => `holdfast incidents move ${incident.number} closed`,
}
