import type { ShownStep } from '#components/operations/act-stepper.tsx'
import { restoreSteps } from '#components/operations/restore-words.ts'
import type { DraftStep } from '#lib/restores/drafts/draft-choices.ts'
import type { FlowData } from './flow-screen.tsx'

const order: readonly DraftStep[] = ['why', 'lost', 'source', 'where']

/** The stepper of a draft: what is chosen, and the way back to each step. */
export function stepsOf(data: FlowData, here: DraftStep): ShownStep[] {
  const { draft } = data
  const reached = draft ? Math.max(order.indexOf(draft.step), order.indexOf(here)) : 0
  return restoreSteps({
    reason: draft?.reason ?? '',
    choices: draft?.choices ?? {},
    copies: data.sources,
  }).map((step, index) => ({
    ...step,
    state: step.key === here ? 'now' : index < reached ? 'done' : 'ahead',
    href: draft && step.key !== here && index <= reached ? `/restores/${draft.id}?step=${step.key}` : null,
    chosen: index <= reached && step.key !== here ? step.chosen : null,
  }))
}
