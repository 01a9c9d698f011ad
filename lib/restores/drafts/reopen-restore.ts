import { z } from 'zod'
import { restoreDrafts } from '#drizzle/schema/drafts.ts'
import { refuse } from '#lib/errors.ts'
import type { OperationRow } from '#lib/operations/move-operation.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import type { DatabaseRestoreRequest } from '#lib/restores/database/database-types.ts'
import type { DraftChoices } from '#lib/restores/drafts/draft-choices.ts'
import { findDraftOf } from '#lib/restores/drafts/draft-queries.ts'
import type { RestoreRequest } from '#lib/restores/input.ts'
import { defineVerb } from '#lib/verb.ts'

/** The choices that an operation was asked for with, or null for one that has none. */
function choicesOf({ kind, request }: OperationRow): DraftChoices | null {
  if (kind === 'database-restore') {
    const { backupId } = request as DatabaseRestoreRequest
    return { source: { kind: 'archive', backupId }, into: 'database' }
  }
  if (kind !== 'restore') return null
  const { source, ...rest } = request as RestoreRequest
  if (source.kind !== 'journal') return { source, ...rest }
  // The end of a journal’s time is fixed by each request anew.
  const { until: _, ...open } = source
  return { source: open, ...rest }
}

/**
 * The way back from a restore's plan to its choices: the draft it was asked from, or a new one with the same choices where
 * it came from elsewhere. Changes nothing about the operation. Safe to repeat.
 */
export const reopenRestore = defineVerb({
  action: 'restores.draft',
  input: z.strictObject({ operationId: z.uuid() }),
  async act({ tx, actor }, { operationId }) {
    if (actor.kind !== 'user') return refuse('not-a-person', 'Only a person has drafts.')
    const kept = await findDraftOf(tx, operationId, actor.userId)
    if (kept) return { value: { draftId: kept }, audit: null, changed: [] }
    const operation = await getOperationRow(tx, operationId)
    const choices = choicesOf(operation)
    if (!choices)
      return refuse('not-a-restore', `This is a ${operation.kind}; it has no choices to go back to.`)
    const [made] = await tx
      .insert(restoreDrafts)
      .values({
        targetId: operation.targetId,
        userId: actor.userId,
        incidentId: operation.incidentId,
        step: 'where',
        reason: operation.reason,
        request: choices,
        // Another person's plan is theirs to cancel.
        operationId: operation.requestedByUserId === actor.userId ? operationId : null,
      })
      .returning({ id: restoreDrafts.id })
    return { value: { draftId: made!.id }, audit: null, changed: ['operations'] }
  },
})
