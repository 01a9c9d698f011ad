import { runbooks } from './runbooks.ts'
import type { RunbookFacts, RunbookStep, Step } from './types.ts'

/** The steps out of an incident in their order, each with what the records or people say about it. A pure rule. */
export const planRunbook = (facts: RunbookFacts): RunbookStep[] =>
  runbooks[facts.incident.kind].map((step) => planStep(step, facts))

/** What somebody at 3 a.m. should do now: the first step that nobody did, of those that must be done. */
export const nextStep = (steps: readonly RunbookStep[]): RunbookStep | null =>
  steps.find(({ done, isOptional }) => done === null && !isOptional) ?? null

/** These change the incident itself: its record says whether they were done, and a tick would only contradict it. */
const ownRecord: readonly string[] = ['command', 'stable', 'resolve', 'close']

function planStep(step: Step, facts: RunbookFacts): RunbookStep {
  const recorded = step.done?.(facts) ?? null
  const tick = facts.ticks.find(({ stepKey }) => stepKey === step.key) ?? null
  const isTicked = recorded === null && tick?.isDone === true
  return {
    key: step.key,
    phase: step.phase,
    title: step.title,
    about: step.about,
    isOptional: typeof step.isOptional === 'function' ? step.isOptional(facts) : (step.isOptional ?? false),
    done: recorded ?? (isTicked ? (tick?.note ?? 'Ticked off') : null),
    tick,
    isTicked,
    canTick: recorded === null && facts.incident.status !== 'closed' && !ownRecord.includes(step.key),
    act: step.act?.(facts) ?? null,
    behind: step.behind?.(facts) ?? null,
  }
}
