import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { restoreDrafts } from '#drizzle/schema/drafts.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import { fileOperation } from '#lib/operations/file-operation.ts'
import { reasonInput } from '#lib/operations/input.ts'
import { finalStatuses } from '#lib/operations/move-operation.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { withdrawOperation } from '#lib/operations/withdraw-operation.ts'
import { databaseRestoreInput } from '#lib/restores/database/database-types.ts'
import { type DraftChoices, draftChoicesInput } from '#lib/restores/drafts/draft-choices.ts'
import { lockDraft } from '#lib/restores/drafts/lock-draft.ts'
import { restoreRequestInput } from '#lib/restores/input.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb, type VerbScope } from '#lib/verb.ts'

const requestDraftInput = z.strictObject({
  draftId: z.uuid(),
  /** Chosen on the plan's own page: only these rows, only these tables. They replace what the draft says of them. */
  narrowed: draftChoicesInput.optional(),
})

/**
 * Asks for what a draft says: files the restore and the job that plans it. What was asked for from the same draft before,
 * and has not begun, is cancelled in the same transaction, so that one draft never has two live requests. Each call files
 * another one.
 */
export const requestDraft = defineVerb({
  action: 'operations.request',
  input: requestDraftInput,
  async act(scope, { draftId, narrowed }) {
    const { tx } = scope
    const draft = await lockDraft(scope, draftId)
    if ('refusal' in draft) return draft
    const reason = reasonInput.safeParse(draft.reason)
    if (!reason.success) return refuse('reason-missing', 'Say why first, in at least 8 characters.')
    const withdrawn = draft.operationId ? await withdraw(scope, draft.operationId) : null
    if (withdrawn && 'refusal' in withdrawn) return withdrawn

    const choices = { ...(draft.request as DraftChoices), ...narrowed }
    const asked = toRequest(choices)
    if ('refusal' in asked) return asked
    const filed = await fileOperation(scope, asked.kind, {
      targetId: draft.targetId,
      incidentId: draft.incidentId,
      reason: reason.data,
      request: asked.request,
    })
    if ('refusal' in filed) return filed
    await tx
      .update(restoreDrafts)
      .set({ request: choices, operationId: filed.value.operationId, updatedAt: sql`now()` })
      .where(eq(restoreDrafts.id, draftId))
    return filed
  },
})

/** Which act the choices come to, and its request. */
function toRequest({ lostSince: _, into, ...request }: DraftChoices) {
  if (into !== 'database')
    return {
      kind: { kind: 'restore', request: restoreRequestInput },
      request: { ...request, ...(into ? { into } : {}) },
    }
  const { source } = request
  if (source?.kind !== 'archive')
    return refuse(
      'archive-needed',
      'A whole database comes from an archive: a snapshot and the journal have a part of it only.',
      'Choose an archive.',
    )
  return {
    kind: { kind: 'database-restore', request: databaseRestoreInput },
    request: { backupId: source.backupId },
  }
}

/** Cancels what this draft asked for before; null when there is nothing of it to cancel. */
async function withdraw(
  { tx, actorText }: VerbScope,
  operationId: string,
): Promise<{ refusal: Refusal } | null> {
  const note = 'Asked for again with other choices; this plan is void.'
  const cancelled = await withdrawOperation(tx, { operationId, actor: actorText, note })
  if (cancelled) {
    await appendAudit(tx, {
      actor: actorText,
      action: 'operations.cancel',
      outcome: 'done',
      subject: `operation:${operationId}`,
      target: (await getTarget(tx, cancelled.targetId)).name,
      reason: note,
    })
    return null
  }
  const { status } = await getOperationRow(tx, operationId)
  if (status === 'succeeded')
    return refuse('draft-done', 'This restore is done.', 'Undo it on its page, or begin a new one.')
  return finalStatuses.includes(status)
    ? null
    : refuse('draft-runs', `This restore is ${status} already.`, 'Its page shows how far it is.')
}
