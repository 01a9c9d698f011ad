import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { restoreDrafts } from '#drizzle/schema/drafts.ts'
import { refuse } from '#lib/errors.ts'
import { finalStatuses } from '#lib/operations/move-operation.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { lockDraft } from '#lib/restores/drafts/lock-draft.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** Throws away what one has chosen of a restore; refused while the plan made from it is alive. Not safe to repeat. */
export const discardDraft = defineVerb({
  action: 'restores.draft',
  input: z.strictObject({ draftId: z.uuid() }),
  async act(scope, { draftId }) {
    const { tx } = scope
    const draft = await lockDraft(scope, draftId)
    if ('refusal' in draft) return draft
    const operation = draft.operationId ? await getOperationRow(tx, draft.operationId) : null
    if (operation && !finalStatuses.includes(operation.status)) {
      return refuse(
        'draft-asked',
        `Its plan is ${operation.status.replaceAll('-', ' ')}; it would go on without its choices.`,
        'Cancel the plan first, on its page.',
      )
    }
    await tx.update(restoreDrafts).set({ discardedAt: sql`now()` }).where(eq(restoreDrafts.id, draftId))
    const target = await getTarget(tx, draft.targetId)
    return {
      value: { draftId },
      audit: { subject: `draft:${draftId}`, target: target.name, detail: { step: draft.step } },
      changed: ['operations'],
    }
  },
})
