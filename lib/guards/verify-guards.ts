import type { Ctx } from '#lib/context.ts'
import { keepFirstRecord } from '#lib/guards/keep-guard-record.ts'
import { keepGuardReport } from '#lib/guards/keep-guard-report.ts'
import { surveyGuards } from '#lib/guards/survey-guards.ts'
import type { GuardReport } from '#lib/guards/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'

/** Compares a target's guards with the policy and keeps the result. Writes nothing to the target. Safe to repeat. */
export async function verifyGuards(
  ctx: Ctx,
  targetId: string,
): Promise<{ report: GuardReport; changed: boolean }> {
  const { document } = await getPolicy(ctx.db, targetId)
  // With time enough: on a busy server a verification that gives up leaves tampering unseen.
  const surveyed = await withTarget(
    ctx,
    targetId,
    'watch',
    { purpose: 'guards verify', statementTimeoutMs: 20_000 },
    ({ sql }) => surveyGuards(ctx, targetId, sql, document),
  )
  const { report, seen } = surveyed
  await keepFirstRecord(ctx.db, targetId, surveyed)
  return { report, changed: await keepGuardReport(ctx.db, targetId, report, seen, 'verification') }
}

/** Does a `guards.verify` job. */
export async function doVerifyGuards(scope: JobScope): Promise<GuardReport> {
  await scope.phase('compare')
  return (await verifyGuards(scope.ctx, scope.targetId!)).report
}
