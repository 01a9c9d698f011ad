import { and, eq, notInArray } from 'drizzle-orm'
import type { z } from 'zod'
import { incidents } from '#drizzle/schema/incidents.ts'
import { operationEvents, operations } from '#drizzle/schema/operations.ts'
import type { Tx } from '#lib/db/client.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import type { requestOperationInput } from '#lib/operations/input.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { getTarget } from '#lib/targets/queries.ts'
import type { Deed, VerbScope } from '#lib/verb.ts'

export interface RequestedOperation {
  operationId: string
  /** The job that computes the plan. */
  jobRunId: string
}

/** What is done to a target while an incident is open on it belongs on that incident's timeline. */
async function findOpenIncidentId(tx: Tx, targetId: string): Promise<string | null> {
  const [incident] = await tx
    .select({ id: incidents.id })
    .from(incidents)
    .where(and(eq(incidents.targetId, targetId), notInArray(incidents.status, ['resolved', 'closed'])))
    .limit(1)
  return incident?.id ?? null
}

/**
 * Files a guarded act and the job that plans it, in the caller's transaction; nothing is done to the target. For verbs
 * that file one as a part of what they do. Each call files another one.
 */
export async function fileOperation(
  { tx, ctx, actor, actorText }: VerbScope,
  kind: Pick<OperationKind, 'kind' | 'request'>,
  { targetId, incidentId, reason, request }: z.output<typeof requestOperationInput>,
): Promise<Deed<RequestedOperation> | { refusal: Refusal }> {
  const target = await getTarget(tx, targetId)
  const controlRefusal = refuseControlTarget(target, 'no operation changes anything in it')
  if (controlRefusal) return controlRefusal
  const parsed = kind.request.safeParse(request)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    const place = issue.path.join('.')
    return refuse('invalid-input', `${place ? `${place}: ` : ''}${issue.message}`, null, parsed.error.issues)
  }
  const [operation] = await tx
    .insert(operations)
    .values({
      kind: kind.kind,
      targetId,
      incidentId: incidentId ?? (await findOpenIncidentId(tx, targetId)),
      request: parsed.data ?? {},
      reason,
      requestedBy: actorText,
      requestedByUserId: actor.kind === 'user' ? actor.userId : null,
    })
    .returning({ id: operations.id })
  const operationId = operation!.id
  const jobRunId = await requestJob(ctx, tx, {
    kind: 'operations.plan',
    targetId,
    payload: { operationId },
  })
  await tx.update(operations).set({ planJobRunId: jobRunId }).where(eq(operations.id, operationId))
  await tx
    .insert(operationEvents)
    .values({ operationId, status: 'requested', actor: actorText, note: reason })
  return {
    value: { operationId, jobRunId },
    audit: {
      subject: `operation:${operationId}`,
      target: target.name,
      reason,
      detail: { kind: kind.kind, request: parsed.data },
    },
    changed: ['operations', 'jobs'],
  }
}
