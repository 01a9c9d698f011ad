import { AppError } from '#lib/errors.ts'
import { keepOpenPermit } from '#lib/guards/keep-permit.ts'
import { type PermitRequest, permitRequestInput } from '#lib/guards/permit-input.ts'
import { planPermit } from '#lib/guards/plan-permit.ts'
import type { PermitPlan } from '#lib/guards/read-permit.ts'
import { type PermitResult, runPermit } from '#lib/guards/run-permit.ts'
import type { Operation, OperationKind, RunScope } from '#lib/operations/types.ts'
import { withTarget } from '#lib/targets/open-target.ts'

/** The permit is there, nobody had it, and only then its secret may be shown. */
async function verifyPermit(
  { ctx }: Omit<RunScope, 'assertSamePlan' | 'leaveMarker'>,
  { id, targetId }: Operation<PermitRequest, PermitPlan>,
  result: PermitResult,
): Promise<void> {
  const [live] = await withTarget(
    ctx,
    targetId,
    'guard',
    { purpose: 'permit-verify' },
    ({ sql }) => sql<{ isUnused: boolean; expiresAt: Date }[]>`
      select p.transaction_id is null as "isUnused", p.expires_at as "expiresAt" from holdfast.permits p where p.id = ${id}`,
  )
  if (!live) throw new AppError('permit-missing', 'The permit is not in the target.')
  if (!live.isUnused) throw new AppError('permit-used', 'The permit was used before its secret was shown.')
  await keepOpenPermit(ctx.db, id, {
    opensAt: new Date(result.opensAt),
    expiresAt: new Date(result.expiresAt),
  })
}

/** Lets one session of one role go beyond a table's budget, once. */
export const permitKind: OperationKind<PermitRequest, PermitPlan, PermitResult> = {
  kind: 'permit',
  request: permitRequestInput,
  plan: planPermit,
  run: runPermit,
  verify: verifyPermit,
}
