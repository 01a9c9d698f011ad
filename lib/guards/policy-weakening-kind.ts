import { eq } from 'drizzle-orm'
import { guardStates } from '#drizzle/schema/guards.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError, unwrap } from '#lib/errors.ts'
import { listWeakenings } from '#lib/guards/list-weakenings.ts'
import { type PolicyWeakeningRequest, policyWeakeningRequest } from '#lib/guards/policy-weakening-request.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { Operation, OperationKind, PlannedOperation, RunScope } from '#lib/operations/types.ts'
import { matchLiveSchema, putPolicy } from '#lib/targets/apply-policy.ts'
import { isProduction } from '#lib/targets/is-production.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

interface Plan {
  weakenings: string[]
}

interface Result {
  /** The version that it replaces. */
  before: number
}

type PolicyWeakening = Operation<PolicyWeakeningRequest, Plan>

/** What an approval is bound to, beside the document itself: the policy it replaces, and what it gives up. */
async function readBinding(ctx: Ctx, { targetId, request }: PolicyWeakening) {
  const { document, version } = await getPolicy(ctx.db, targetId)
  return { version, weakenings: listWeakenings(document, request.document) }
}

async function planWeakening(
  ctx: Ctx,
  _job: JobScope,
  operation: PolicyWeakening,
): Promise<PlannedOperation<Plan>> {
  const target = await getTarget(ctx.db, operation.targetId)
  unwrap(await matchLiveSchema(ctx, { name: target.name, document: operation.request.document }))
  const binding = await readBinding(ctx, operation)
  const { version, weakenings } = binding
  return {
    plan: {
      weakenings,
      summary: {
        sentence:
          weakenings.length === 0
            ? `Puts a policy of ${target.name} in force that protects no less than version ${version}.`
            : `Puts a policy of ${target.name} in force that protects less than version ${version}: ${weakenings.length === 1 ? '1 weakening' : `${weakenings.length} weakenings`}.`,
        tables: [],
        statements: [],
        warnings: weakenings,
        estimateMs: null,
        promisedRows: 0,
      },
    },
    binding,
    needsApproval: weakenings.length > 0 && (await isProduction(ctx.db, target)),
  }
}

/** Commits the decision in the target; our store takes the document over in the proof, also after a crash. */
async function runWeakening(
  { ctx, session, assertSamePlan, leaveMarker }: RunScope,
  operation: PolicyWeakening,
): Promise<Result> {
  const binding = await readBinding(ctx, operation)
  return session.sql.begin(async (sql) => {
    assertSamePlan(binding)
    const result = { before: binding.version }
    await leaveMarker(sql, result)
    return result
  }) as Promise<Result>
}

/** Puts the document in force unless it is, or another one came between. */
async function putInForce(
  { ctx }: Omit<RunScope, 'assertSamePlan' | 'leaveMarker'>,
  { id, targetId, request, requestedBy, reason }: PolicyWeakening,
  { before }: Result,
): Promise<void> {
  const target = await getTarget(ctx.db, targetId)
  await ctx.db.transaction(async (tx) => {
    const put = await putPolicy(tx, targetId, request.document, requestedBy)
    if (!put.changed) return
    if (put.version !== before + 1) {
      throw new AppError('policy-moved', 'Another policy was put in force meanwhile; this one was not.', {
        hint: 'Request it again and look at the new plan.',
      })
    }
    // The guards in the target follow it, as approved; else the next verification would call them tampered with.
    const isGuarded = (await tx.$count(guardStates, eq(guardStates.targetId, targetId))) > 0
    if (isGuarded) await requestJob(ctx, tx, { kind: 'guards.install', targetId, payload: {} })
    await announceChanges(tx, ['targets', 'jobs', 'audit'])
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'policy.apply',
      outcome: 'done',
      subject: `policy:${target.name}/${put.version}`,
      target: target.name,
      reason,
      detail: { version: put.version, operation: id, requestedBy },
    })
  })
}

/** Puts a policy in force that protects less than before; on production another person approves it. */
export const policyWeakeningKind: OperationKind<PolicyWeakeningRequest, Plan, Result> = {
  ...policyWeakeningRequest,
  plan: planWeakening,
  run: runWeakening,
  verify: putInForce,
}
