import { and, eq, notInArray } from 'drizzle-orm'
import { incidents } from '#drizzle/schema/incidents.ts'
import { operationEvents, operations } from '#drizzle/schema/operations.ts'
import type { Ctx } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { type Outcome, refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { requestOperationInput } from '#lib/operations/input.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

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
 * Files a guarded act of a kind and the job that plans it; nothing is done to the target. Each call files another one.
 * A domain's verb is this with its kind: `requestRestore = (ctx, input) => requestOperation(ctx, restoreKind, input)`.
 */
export function requestOperation(
  ctx: Ctx,
  kind: Pick<OperationKind, 'kind' | 'request'>,
  input: unknown,
): Promise<Outcome<RequestedOperation>> {
  return defineVerb({
    action: 'operations.request',
    input: requestOperationInput,
    async act({ tx, actor, actorText }, { targetId, incidentId, reason, request }) {
      const target = await getTarget(tx, targetId)
      const controlRefusal = refuseControlTarget(target, 'no operation changes anything in it')
      if (controlRefusal) return controlRefusal
      const parsed = kind.request.safeParse(request)
      if (!parsed.success) {
        const issue = parsed.error.issues[0]!
        const place = issue.path.join('.')
        return refuse(
          'invalid-input',
          `${place ? `${place}: ` : ''}${issue.message}`,
          null,
          parsed.error.issues,
        )
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
    },
  })(ctx, input)
}
