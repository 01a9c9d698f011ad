import { sql } from 'drizzle-orm'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { fingerprintOf } from '#lib/operations/fingerprint.ts'
import { getKind, type OperationKinds } from '#lib/operations/kinds.ts'
import { moveOperation } from '#lib/operations/move-operation.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { isProduction } from '#lib/targets/is-production.ts'
import { getTarget } from '#lib/targets/queries.ts'

const approveWithinMinutes = 60
const runWithinMinutes = 15

const minutesFromNow = (minutes: number) => sql`now() + make_interval(mins => ${minutes})`

/** Computes a requested operation's plan and its fingerprint; writes nothing to the target. Safe to repeat. */
export async function planOperation(
  kinds: OperationKinds,
  scope: JobScope,
  { operationId }: { operationId: string },
): Promise<unknown> {
  const { ctx } = scope
  const operation = await getOperationRow(ctx.db, operationId)
  if (operation.status !== 'requested') return { operationId, status: operation.status }
  const target = await getTarget(ctx.db, operation.targetId)
  const actor = formatActor(ctx.actor)
  const about = { actor, action: 'operations.plan', subject: `operation:${operationId}`, target: target.name }
  try {
    await scope.phase('plan')
    const planned = await getKind(kinds, operation.kind).plan(ctx, scope, operation)
    const { plan, binding } = planned
    // A production database that is registered once more under another name takes two persons too.
    const isHidden = target.environment !== 'production' && (await isProduction(ctx.db, target))
    const needsApproval = planned.needsApproval || isHidden
    await scope.assertHeld()
    const fingerprint = fingerprintOf(operation, binding)
    const status = needsApproval ? 'awaiting-approval' : 'approved'
    await ctx.db.transaction(async (tx) => {
      const moved = await moveOperation(tx, {
        operationId,
        from: ['requested'],
        to: status,
        actor,
        note: plan.summary.sentence,
        set: {
          plan,
          fingerprint,
          needsApproval,
          plannedAt: sql`now()`,
          ...(needsApproval
            ? { approveBy: minutesFromNow(approveWithinMinutes) }
            : { runBy: minutesFromNow(runWithinMinutes) }),
        },
      })
      if (!moved) throw new AppError('cancelled', 'The operation was ended while it was planned.')
      await announceChanges(tx, ['operations', 'audit'])
      await appendAudit(tx, { ...about, outcome: 'done', detail: { fingerprint, needsApproval } })
    })
    return { operationId, status, fingerprint }
  } catch (error) {
    // Whoever took the work over decides; this process has nothing to say any more.
    if (scope.signal.aborted && (scope.signal.reason as AppError).code !== 'cancelled') throw error
    const cancelled = scope.signal.aborted
    const known = error instanceof AppError ? error : null
    await ctx.db.transaction(async (tx) => {
      const moved = await moveOperation(tx, {
        operationId,
        from: ['requested'],
        to: cancelled ? 'cancelled' : 'failed',
        actor,
        note: cancelled ? 'Cancelled while it was planned.' : `No plan: ${messageOf(error)}`,
        set: {
          finishedAt: sql`now()`,
          error: { code: known?.code ?? 'plan-failed', message: messageOf(error), hint: known?.hint ?? null },
        },
      })
      if (!moved) return
      await announceChanges(tx, ['operations', 'audit'])
      await appendAudit(tx, { ...about, outcome: 'failed', reason: messageOf(error) })
    })
    throw error
  }
}
