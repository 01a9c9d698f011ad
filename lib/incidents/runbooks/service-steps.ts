import { countOf } from '#lib/format/format-count.ts'
import { doneOperation, isRunning, newestOf, pageOf, shellName, toldOperation } from './step-words.ts'
import type { Step } from './types.ts'

export const readBackupsStep: Step = {
  key: 'read-backups',
  phase: 'first',
  title: 'See what is wrong with the backups',
  about: 'The newest copies with their errors, the stores, and what is overdue.',
  act: (facts) => ({ type: 'go', title: 'Open backups', href: pageOf(facts, '/backups') }),
  behind: (facts) => `holdfast backups list ${shellName(facts)}`,
}

export const takeBackupStep: Step = {
  key: 'take-backup',
  phase: 'recovery',
  title: 'Take a good one now',
  about: 'Until there is one, every hour adds to what could be lost.',
  done: ({ timeline, incident }) =>
    timeline.findLast(
      (entry) => entry.kind === 'backup' && entry.at > incident.beganAt && entry.title.endsWith(': good'),
    )?.title ?? null,
  act: (facts) =>
    isRunning(facts) && facts.incident.targetName !== null
      ? {
          type: 'do',
          title: 'Back up now',
          verb: 'archive',
          input: { target: facts.incident.targetName, kind: 'archive', purpose: 'manual' },
          permission: 'backups.request',
          done: 'The backup is under way',
        }
      : null,
  behind: (facts) => `holdfast backups take ${shellName(facts)} --kind archive`,
}

export const tamperStep: Step = {
  key: 'tampering',
  phase: 'first',
  title: 'See what was done to the guards',
  about: 'Which triggers are gone or changed, since when, and who was connected then.',
  act: (facts) =>
    facts.incident.targetName === null
      ? null
      : {
          type: 'do',
          title: 'Verify the guards',
          verb: 'guards',
          input: { target: facts.incident.targetName },
          permission: 'guards.verify',
          done: 'The guards are being verified',
        },
  behind: (facts) => `holdfast guards verify ${shellName(facts)}`,
}

export const readDeploymentStep: Step = {
  key: 'deployment',
  phase: 'first',
  title: 'Look at what was deployed',
  about: 'Its report: what it changed, what it promised, and the prepared way back.',
  act: (facts) => {
    const last = facts.timeline.findLast((entry) => entry.kind === 'deployment' && entry.href)
    return { type: 'go', title: 'Open the deployment', href: last?.href ?? pageOf(facts, '/deployments') }
  },
  behind: (facts) => `holdfast deployments list ${shellName(facts)}`,
}

export const rollBackStep: Step = {
  key: 'roll-back',
  phase: 'recovery',
  title: 'Roll the application back',
  about:
    'In your platform, to the version before. The database follows only where it has to: rows are put back below.',
  behind: () => '# in your platform, for example:\nrailway rollback\nvercel rollback',
}

export const driftStep: Step = {
  key: 'compare',
  phase: 'first',
  title: 'Compare the two databases',
  about: 'By checksum, down to the row, both directions. It only reads.',
  act: (facts) => ({ type: 'go', title: 'Open drift', href: pageOf(facts, '/drift') }),
  behind: (facts) => `holdfast drift compare MASTER ${shellName(facts)}`,
}

export const repairStep: Step = {
  key: 'repair',
  phase: 'recovery',
  title: 'Make them the same again',
  about: 'A repair is a restore whose source is the other database: planned, approved, verified, undoable.',
  done: (facts) => doneOperation(newestOf(facts, 'sync-repair')),
  act: (facts) => {
    const repair = newestOf(facts, 'sync-repair')
    return repair
      ? { type: 'go', title: `Open the repair (${toldOperation(repair)})`, href: `/operations/${repair.id}` }
      : {
          type: 'go',
          title: 'Plan the repair',
          href: pageOf(facts, '/drift'),
          permission: 'operations.request',
        }
  },
  behind: (facts) => `holdfast drift plan MASTER ${shellName(facts)} --incident ${facts.incident.id}`,
}

export const workerStep: Step = {
  key: 'worker',
  phase: 'first',
  title: 'Bring the worker back',
  about: 'Without it nothing is checked, backed up or sent. The doctor says what keeps it from working.',
  act: () => ({ type: 'go', title: 'Open the overview', href: '/' }),
  behind: () => 'holdfast doctor\nholdfast start',
}

export const storeStep: Step = {
  key: 'control-database',
  phase: 'recovery',
  title: 'See that Holdfast’s own database is backed up',
  about: 'It has the evidence of everything. The kit on paper rebuilds it without this host.',
  act: () => ({ type: 'go', title: 'Open the kit', href: '/settings/kit' }),
  behind: () => 'holdfast kit test',
}

export const peopleStep: Step = {
  key: 'people',
  phase: 'first',
  title: 'See who is locked out',
  about: 'People without organisation or role, and what they had.',
  done: ({ checks }) => (checks && checks.unhealthy === 0 && checks.lastAt ? 'Nobody any more' : null),
  act: (facts) => ({
    type: 'go',
    title: 'See who is locked out',
    href: pageOf(facts, '/recovery', { incident: facts.incident.id }),
  }),
  behind: (facts) => `holdfast recovery find ${shellName(facts)}`,
}

export const alertsStep: Step = {
  key: 'alerts',
  phase: 'first',
  title: 'Read its alerts',
  about: 'What fires, since when, and who was told.',
  done: ({ timeline }) => {
    const count = timeline.filter((entry) => entry.kind === 'alert').length
    return count > 0 ? `${countOf(count, 'alert')} on the timeline` : null
  },
  act: (facts) => ({ type: 'go', title: 'Open alerts', href: pageOf(facts, '/alerts') }),
  behind: (facts) =>
    `holdfast alerts list ${facts.incident.targetName === null ? '' : shellName(facts)}`.trim(),
}
