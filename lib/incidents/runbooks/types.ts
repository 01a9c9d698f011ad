import type { ToldOperation } from '#lib/incidents/postmortem/types.ts'
import type { Incident, TimelineEntry } from '#lib/incidents/types.ts'

/** When in the course of an emergency a step comes. */
export const phases = ['first', 'recovery', 'checking', 'telling', 'after'] as const
export type Phase = (typeof phases)[number]

export const phaseTitles: Record<Phase, string> = {
  first: 'At once',
  recovery: 'Recovery',
  checking: 'Is it whole again?',
  telling: 'Telling',
  after: 'Afterwards, so that it does not happen again',
}

/** What a step's button does. Each names the permission that its verb asks for, so that nobody sees a button in vain. */
export type StepAct =
  | { type: 'go'; title: string; href: string; permission?: string }
  | { type: 'do'; title: string; verb: StepVerb; input: unknown; permission: string; done: string }
  | { type: 'tell'; title: string; subject: string; body: string; permission: string }
  | { type: 'notice'; title: string; body: string; permission: string }
  | { type: 'resolve'; permission: string }
  | { type: 'download'; title: string; href: string }

export const stepVerbs = ['command', 'drill', 'archive', 'health', 'guards', 'move', 'window'] as const
export type StepVerb = (typeof stepVerbs)[number]

/** A tick that a person set, or took back. */
export interface Tick {
  stepKey: string
  isDone: boolean
  note: string | null
  at: Date
  by: string
}

/** What is recorded about an incident and its target, as far as the steps look at it. */
export interface RunbookFacts {
  incident: Incident
  timeline: readonly TimelineEntry[]
  operations: readonly (Pick<ToldOperation, 'kind' | 'status' | 'doneRows'> & {
    id: string
    finishedAt: Date | null
  })[]
  lostTables: readonly string[]
  ticks: readonly Tick[]
  /** Guards as last verified. Null: there are none, or no target. */
  guards: { installed: number; tables: number } | null
  /** The checks of rows, references and access, as last run. */
  checks: { unhealthy: number; lastAt: Date | null } | null
  /** Announced work on the target since the trouble began. */
  windowTitle: string | null
  /** Which schedules the policy has. */
  schedules: { archive: boolean; drill: boolean } | null
  toldStakeholders: number
  /** What the public status page says, where somebody said it since the incident opened. */
  statusNotice: string | null
}

/** One step of a runbook. Pure: it reads facts and says what to do; the page does it. */
export interface Step {
  key: string
  phase: Phase
  title: string
  about: string
  /** Whether people may leave it out: it is never the next step by itself. */
  isOptional?: boolean | ((facts: RunbookFacts) => boolean)
  /** What the records say was done of it; null while they say nothing. Absent: only a person can say. */
  done?(facts: RunbookFacts): string | null
  act?(facts: RunbookFacts): StepAct | null
  /** The SQL or the command behind it. */
  behind?(facts: RunbookFacts): string | null
}

/** A step as an incident's page shows it. */
export interface RunbookStep {
  key: string
  phase: Phase
  title: string
  about: string
  isOptional: boolean
  /** What the records, or else a person, say was done. */
  done: string | null
  /** Who set or took back the tick. */
  tick: Tick | null
  /** Whether a person may tick it: records that say so need nobody. */
  isTicked: boolean
  canTick: boolean
  act: StepAct | null
  behind: string | null
}
