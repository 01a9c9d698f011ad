import type { ToldOperation } from './postmortem.ts'
import type { Incident, TimelineEntry } from './types.ts'

export interface RunbookStep {
  key: 'command' | 'proof' | 'loss' | 'restore' | 'recovery' | 'stable' | 'resolve' | 'export'
  title: string
  about: string
  /** What the records say was done of it; null while nothing was. */
  done: string | null
}

export interface RunbookFacts {
  incident: Incident
  timeline: readonly TimelineEntry[]
  operations: readonly Pick<ToldOperation, 'kind' | 'status' | 'doneRows'>[]
}

/** The steps out of an incident in their order, each with what the records say about it. A pure rule. */
export function planRunbook({ incident, timeline, operations }: RunbookFacts): RunbookStep[] {
  const newest = (kind: string) => operations.find((operation) => operation.kind.startsWith(kind))
  const restore = newest('restore')
  const recovery = newest('recovery')
  const drill = timeline.findLast((entry) => entry.kind === 'drill' && entry.at >= incident.beganAt)
  const after = incident.stableAt !== null
  return [
    {
      key: 'command',
      title: 'Take command',
      about: 'One person decides; everyone else helps. It acknowledges the incident.',
      done: incident.commander ? `${incident.commander} commands` : null,
    },
    {
      key: 'loss',
      title: 'See what was lost',
      about: 'Compares the newest copy with what is there now, table by table. It only reads.',
      done: restore ? 'Compared' : null,
    },
    {
      key: 'restore',
      title: 'Put back what is missing',
      about: 'Plans the rows to put back. Nothing is written before a second person approves that plan.',
      done: restore ? told(restore) : null,
    },
    {
      key: 'recovery',
      title: 'Let locked-out users in again',
      about: 'Finds people who lost their organisation or role and gives it back.',
      done: recovery ? told(recovery) : null,
    },
    {
      key: 'proof',
      title: 'Prove the backup',
      about: 'A drill restores the newest archive elsewhere and compares it with its facts.',
      done: drill ? drill.title : null,
    },
    {
      key: 'stable',
      title: 'Declare it stable',
      about: 'Nothing more is being lost, and people can work.',
      done: after ? 'Stable' : null,
    },
    {
      key: 'resolve',
      title: 'Resolve it',
      about: 'With a word on how it ended. It goes into the postmortem.',
      done: incident.resolvedAt ? 'Resolved' : null,
    },
    {
      key: 'export',
      title: 'Write it up',
      about: 'The postmortem is drafted from the records, in Markdown.',
      done: null,
    },
  ]
}

const told = ({ status, doneRows }: Pick<ToldOperation, 'status' | 'doneRows'>): string =>
  status === 'succeeded' && doneRows !== null
    ? `Done: ${doneRows.toLocaleString('en-US')} rows`
    : `Now: ${status.replaceAll('-', ' ')}`
