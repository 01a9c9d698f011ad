import { type StepName, stepNames, type ValidationStep, type Verdict } from '#lib/deployments/types.ts'

/** Steps whose absence blocks, whatever the others say. A skipped one is allowed only with a reason of the request. */
const always: readonly StepName[] = ['health', 'backup']

/**
 * The verdict from the steps alone: APPROVED only when every step that this request needs was run and passed
 * (a warning passes). No step, no approval.
 */
export function judgeDeployment(
  steps: readonly ValidationStep[],
  needed: { migration: boolean; rollback: boolean; constraint: boolean; skipReason: string | null },
): { verdict: Verdict; reasons: string[] } {
  if (needed.skipReason !== null) {
    return {
      verdict: 'APPROVED',
      reasons: [`Not validated: emergency skip. Reason given: ${needed.skipReason}`],
    }
  }
  const required: readonly StepName[] = stepNames.filter(
    (name) =>
      always.includes(name) ||
      (needed.migration && ['statements', 'blast-radius', 'rehearsal-forward'].includes(name)) ||
      (needed.rollback && name === 'rehearsal-rollback') ||
      (needed.constraint && name === 'constraint-impact'),
  )
  const reasons = required.flatMap((name) => {
    const step = steps.find((candidate) => candidate.name === name)
    if (!step || step.status === 'not-run' || step.status === 'skipped') {
      return [`${name}: ${step?.details ?? 'was not run.'}`]
    }
    return step.status === 'failed' ? [`${name}: ${step.details}`] : []
  })
  return reasons.length === 0
    ? { verdict: 'APPROVED', reasons: [`${required.length} of ${required.length} steps passed.`] }
    : { verdict: 'BLOCKED', reasons }
}
