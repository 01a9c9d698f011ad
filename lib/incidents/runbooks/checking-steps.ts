import { formatUtc } from '#lib/format/format-time.ts'
import { canMove } from '#lib/incidents/transitions.ts'
import { isRunning, pageOf, shellName } from './step-words.ts'
import type { Step } from './types.ts'

export const verifyStep: Step = {
  key: 'verify',
  phase: 'checking',
  title: 'Verify that the data is whole',
  about:
    'Runs the checks of rows, references and access now. Done when they all were well after the last restore.',
  done: ({ checks, operations, incident }) => {
    if (!checks?.lastAt || checks.unhealthy > 0) return null
    const last = operations.find(({ status }) => status === 'succeeded')?.finishedAt ?? incident.beganAt
    return checks.lastAt > last ? `All well at ${formatUtc(checks.lastAt)}` : null
  },
  act: ({ incident }) =>
    incident.targetId
      ? {
          type: 'do',
          title: 'Run the checks',
          verb: 'health',
          input: { targetId: incident.targetId },
          permission: 'health.request',
          done: 'The checks run',
        }
      : null,
  behind: (facts) => `holdfast health run ${shellName(facts)}`,
}

export const criticalStep: Step = {
  key: 'critical',
  phase: 'checking',
  title: 'Try what matters most',
  about:
    'Sign in, open a list, save something: as a user would, in the real application. Only a person can say.',
  act: (facts) => ({ type: 'go', title: 'Measure the probes', href: pageOf(facts, '/performance') }),
  behind: (facts) => `holdfast performance measure ${shellName(facts)}`,
}

export const environmentStep: Step = {
  key: 'environment',
  phase: 'checking',
  title: 'Check where the application points',
  about: 'The right database, the right variables, no failed start in its log.',
  isOptional: true,
  behind: () => 'holdfast doctor',
}

export const stableStep: Step = {
  key: 'stable',
  phase: 'checking',
  title: 'Declare it stable',
  about: 'Nothing more is being lost, and people can work. The clock of recovery stops.',
  done: ({ incident }) => (incident.stableAt ? 'Stable' : null),
  act: ({ incident }) =>
    canMove(incident.status, 'stable')
      ? {
          type: 'do',
          title: 'It is stable',
          verb: 'move',
          input: { incidentId: incident.id, to: 'stable' },
          permission: 'incidents.move',
          done: 'The incident is stable',
        }
      : null,
  behind: ({ incident }) => `holdfast incidents move ${incident.number} stable`,
}

export const healthStep: Step = {
  key: 'health',
  phase: 'first',
  title: 'Look at the server’s checks',
  about:
    'Connections, locks, long transactions, disk, replication: what is not well, with the SQL behind it.',
  act: (facts) => ({ type: 'go', title: 'Open the checks', href: pageOf(facts, '/health') }),
  behind: () =>
    [
      'select pid, usename, state, wait_event_type, xact_start, left(query, 200) as query',
      '  from pg_stat_activity where datname = current_database() order by xact_start nulls last;',
      'select blocked.pid, pg_blocking_pids(blocked.pid) as blocked_by, left(blocked.query, 200) as query',
      '  from pg_stat_activity blocked where cardinality(pg_blocking_pids(blocked.pid)) > 0;',
    ].join('\n'),
}

export const slowStep: Step = {
  key: 'slow',
  phase: 'first',
  title: 'Find what became slow',
  about: 'Probes and statements against what is normal for them, and since when.',
  act: (facts) => ({ type: 'go', title: 'Open performance', href: pageOf(facts, '/performance') }),
  behind: (facts) => `holdfast performance compare ${shellName(facts)}`,
}

export const mendStep: Step = {
  key: 'mend',
  phase: 'recovery',
  title: 'Put it right',
  about: 'What to do depends on what it is. Write down what you did in a note: it goes into the postmortem.',
  act: (facts) => (isRunning(facts) ? { type: 'go', title: 'Write a note', href: '#note' } : null),
}
