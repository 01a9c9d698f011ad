import {
  doneOperation,
  isRunning,
  newestOf,
  pageOf,
  quoteShell,
  shellName,
  toldOperation,
} from './step-words.ts'
import type { RunbookFacts, Step } from './types.ts'

const restores = ['restore', 'undo', 'database-switch', 'database-restore']

/** Of other trouble than a loss nothing has to be put back while no lost row is known. */
const isNoLoss = ({ incident }: RunbookFacts): boolean => incident.kind !== 'data-loss' && !incident.rowsLost

/** Everything that is known for the restore: the incident, since when, in which tables, from which copy. */
function restoreHref(facts: RunbookFacts): string {
  const { incident, lostTables } = facts
  return pageOf(facts, '/restores/new', {
    incident: incident.id,
    since: incident.beganAt.toISOString(),
    ...(lostTables.length > 0 && lostTables.length <= 20 ? { tables: lostTables.join(',') } : {}),
    ...(incident.lastGoodState?.backup ? { from: incident.lastGoodState.backup.id } : {}),
  })
}

export const planRestoreStep: Step = {
  key: 'plan',
  phase: 'recovery',
  title: 'Plan the restore',
  about:
    'Shows the rows to put back, table by table, and what is newer in the live tables. Nothing is written before a second person approves exactly that plan.',
  isOptional: isNoLoss,
  done: (facts) => {
    const restore = newestOf(facts, ...restores)
    return restore ? `Planned. ${toldOperation(restore)}` : null
  },
  act: (facts) =>
    isRunning(facts)
      ? { type: 'go', title: 'Plan the restore', href: restoreHref(facts), permission: 'operations.request' }
      : null,
  behind: (facts) => {
    const { incident, lostTables } = facts
    return [
      `holdfast restores plan ${shellName(facts)} --from ${incident.lastGoodState?.backup?.id ?? 'journal'}`,
      `--incident ${incident.id} --into place`,
      ...(lostTables.length > 0 ? [`--tables ${quoteShell(lostTables.join(','))}`] : []),
      "--reason 'put back what was lost'",
    ].join(' \\\n  ')
  },
}

export const restoreStep: Step = {
  key: 'restore',
  phase: 'recovery',
  title: 'Put back what is missing',
  about:
    'A second person approves the plan; it runs in one transaction, is verified after the commit, and can be undone.',
  isOptional: isNoLoss,
  done: (facts) => doneOperation(newestOf(facts, ...restores)),
  act: (facts) => {
    const restore = newestOf(facts, ...restores)
    return restore ? { type: 'go', title: 'Open the restore', href: `/operations/${restore.id}` } : null
  },
  behind: (facts) => {
    const restore = newestOf(facts, ...restores)
    return restore ? `holdfast operations run ${restore.id}` : null
  },
}

export const recoverUsersStep: Step = {
  key: 'recovery',
  phase: 'recovery',
  title: 'Let locked-out users in again',
  about: 'Finds people who lost their organisation or role and gives back what they had.',
  isOptional: true,
  done: (facts) => doneOperation(newestOf(facts, 'recovery')),
  act: (facts) => {
    const recovery = newestOf(facts, 'recovery')
    if (recovery && recovery.status !== 'succeeded')
      return { type: 'go', title: 'Open the recovery', href: `/operations/${recovery.id}` }
    return isRunning(facts)
      ? {
          type: 'go',
          title: 'Find locked-out users',
          href: pageOf(facts, '/recovery', { incident: facts.incident.id }),
          permission: 'operations.request',
        }
      : null
  },
  behind: (facts) => `holdfast recovery plan ${shellName(facts)} --incident ${facts.incident.id}`,
}

/** Where people are locked out it is what everything else waits for. */
export const recoverUsersFirstStep: Step = { ...recoverUsersStep, isOptional: false }

export const proofStep: Step = {
  key: 'proof',
  phase: 'recovery',
  title: 'Prove the backup',
  about: 'A drill restores it elsewhere and compares every row and checksum with its facts.',
  isOptional: true,
  done: ({ timeline, incident }) =>
    timeline.findLast((entry) => entry.kind === 'drill' && entry.at >= incident.beganAt)?.title ?? null,
  act: (facts) => {
    const { targetName, lastGoodState } = facts.incident
    if (!isRunning(facts) || targetName === null) return null
    const unproven = lastGoodState?.unproven ?? lastGoodState?.backup
    const backupId = unproven?.kind === 'archive' ? unproven.id : undefined
    return {
      type: 'do',
      title: 'Run a drill',
      verb: 'drill',
      input: { target: targetName, ...(backupId ? { backupId } : {}) },
      permission: 'drills.request',
      done: 'The drill is under way',
    }
  },
  behind: (facts) => `holdfast drills run ${shellName(facts)}`,
}
