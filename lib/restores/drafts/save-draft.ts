import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { restoreDrafts } from '#drizzle/schema/drafts.ts'
import { refuse } from '#lib/errors.ts'
import { draftChoicesInput, draftSteps } from '#lib/restores/drafts/draft-choices.ts'
import { lockDraft } from '#lib/restores/drafts/lock-draft.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

const saveDraftInput = z.strictObject({
  /** Null: a new one. */
  draftId: z.uuid().nullable(),
  targetId: z.uuid(),
  incidentId: z.uuid().nullable().default(null),
  step: z.enum(draftSteps),
  reason: z.string().trim().max(2000),
  choices: draftChoicesInput,
})

/**
 * Keeps what somebody has chosen so far of a restore, for themselves alone; nothing is asked for yet. The last one saved
 * stands. Safe to repeat with a draft's id; without one each call begins another.
 */
export const saveDraft = defineVerb({
  action: 'restores.draft',
  input: saveDraftInput,
  async act(scope, { draftId, targetId, incidentId, step, reason, choices }) {
    const { tx, actor } = scope
    if (actor.kind !== 'user') return refuse('not-a-person', 'Only a person has drafts.')
    const chosen = { incidentId, step, reason, request: choices }
    // Notes of one person change nothing for anybody: what is asked for in the end is audited whole, each click is not.
    const deed = (id: string) => ({
      value: { draftId: id },
      audit: null,
      changed: ['operations' as const],
    })
    if (draftId === null) {
      const target = await getTarget(tx, targetId)
      const controlRefusal = refuseControlTarget(target, 'nothing is restored into it from here')
      if (controlRefusal) return controlRefusal
      const [made] = await tx
        .insert(restoreDrafts)
        .values({ ...chosen, targetId, userId: actor.userId })
        .returning({ id: restoreDrafts.id })
      return deed(made!.id)
    }
    const draft = await lockDraft(scope, draftId)
    if ('refusal' in draft) return draft
    if (draft.targetId !== targetId)
      return refuse('draft-of-other-target', 'These choices are for another target.', 'Begin a new restore.')
    await tx
      .update(restoreDrafts)
      .set({ ...chosen, updatedAt: sql`now()` })
      .where(eq(restoreDrafts.id, draftId))
    return deed(draftId)
  },
})
