import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { Operation, OperationKind, PlannedOperation, RunScope } from '#lib/operations/types.ts'
import { type RecoveryRequest, recoveryRequestInput } from '#lib/recovery/input.ts'
import { listLockedOut } from '#lib/recovery/list-locked-out.ts'
import { chooseRule, type Membership, openMembership } from '#lib/recovery/membership-rows.ts'
import { type PreparedRecovery, prepareRecovery } from '#lib/recovery/prepare-recovery.ts'
import type { RecoveryPlan } from '#lib/recovery/types.ts'
import { bindingOf } from '#lib/restores/compare-source.ts'
import { inRolledBack, summarize } from '#lib/restores/plan-restore.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { verifyRestore } from '#lib/restores/verify-restore.ts'
import { writeRows } from '#lib/restores/write-rows.ts'
import { countWrites } from '#lib/rows/apply-rows.ts'
import { compareRows } from '#lib/rows/compare-rows.ts'
import type { RowsPlan } from '#lib/rows/types.ts'
import { listTables, pickTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'

type Recovery = Operation<RecoveryRequest, RecoveryPlan>

async function open(
  ctx: Ctx,
  { targetId, request }: Recovery,
  target: string,
  sql: postgres.Sql,
): Promise<Membership> {
  const { document } = await getPolicy(ctx.db, targetId)
  return openMembership(chooseRule(document, request.membership, target), await listTables(sql))
}

const compare = (
  transaction: postgres.TransactionSql,
  job: JobScope,
  membership: Membership,
  prepared: PreparedRecovery,
  samples: number,
): Promise<RowsPlan> =>
  compareRows({ sql: transaction, signal: job.signal }, prepared.pairs, {
    mode: 'changed',
    tables: membership.all,
    moment: null,
    samples,
  })

const identityOf = (prepared: PreparedRecovery) => ({
  users: prepared.users.map((user) => user.user).sort(),
})

const people = (count: number): string => (count === 1 ? '1 person' : `${count.toLocaleString('en')} people`)

function planRecovery(ctx: Ctx, job: JobScope, operation: Recovery): Promise<PlannedOperation<RecoveryPlan>> {
  const begunAt = Date.now()
  const { targetId } = operation
  return withTarget(ctx, targetId, 'restore', { purpose: 'recovery-plan' }, async ({ sql, target }) => {
    const until = new Date()
    const membership = await open(ctx, operation, target.name, sql)
    await job.phase('find what they had')
    const prepared = await prepareRecovery({ job, targetId, sql }, membership, operation, until)
    await job.phase('compare')
    return inRolledBack(sql, async (transaction) => {
      const plan = await compare(transaction, job, membership, prepared, 10)
      const rows = countWrites(plan)
      if (rows === 0) {
        throw new AppError(
          'nothing-to-give-back',
          'What was found of them is live already or cannot be put back.',
          {
            kind: 'refused',
            hint: plan.tables.flatMap((table) => table.notes).join(' ') || 'Look at why they are locked out.',
          },
        )
      }
      const served = prepared.users.length - prepared.unfound.length
      const summary = summarize(plan, {
        label: 'what they had',
        target: target.name,
        estimateMs: (Date.now() - begunAt) * 2,
        warnings:
          prepared.unfound.length > 0
            ? [
                `Nothing was found of ${people(prepared.unfound.length)}; they stay locked out: ${prepared.unfound.slice(0, 10).join(', ')}`,
              ]
            : [],
      })
      return {
        plan: {
          membership: membership.rule.name,
          until: until.toISOString(),
          users: prepared.users,
          unfound: prepared.unfound,
          tables: plan.tables.map(({ live: { schema, name } }) => ({ schema, name })),
          summary: {
            ...summary,
            sentence: `Gives ${people(served)} access to ${target.name} back: ${rows === 1 ? '1 row, as it was' : `${rows.toLocaleString('en')} rows, as they were`}.`,
          },
        },
        binding: bindingOf(identityOf(prepared), plan),
        needsApproval: target.environment === 'production',
      }
    })
  })
}

async function runRecovery(scope: RunScope, operation: Recovery): Promise<RestoreResult> {
  const { ctx, job, session } = scope
  const { plan } = operation
  if (!plan) throw new AppError('no-plan', 'This operation has no plan.')
  const membership = await open(ctx, operation, session.target.name, session.sql)
  const collect = { job, targetId: operation.targetId, sql: session.sql }
  await job.phase('find what they had')
  const prepared = await prepareRecovery(collect, membership, operation, new Date(plan.until))
  return writeRows(scope, {
    operationId: operation.id,
    label: 'what they had',
    tables: pickTables(membership.all, plan.tables),
    compare: (transaction) => compare(transaction, job, membership, prepared, 0),
    binding: (rows) => bindingOf(identityOf(prepared), rows),
  })
}

/** As a restore, and every person that the plan promised access to has it. */
async function verifyRecovery(
  scope: Omit<RunScope, 'assertSamePlan' | 'leaveMarker'>,
  operation: Recovery,
  result: RestoreResult,
): Promise<void> {
  await verifyRestore(scope, operation, result)
  const { sql, target } = scope.session
  const membership = await open(scope.ctx, operation, target.name, sql)
  const { users } = await listLockedOut({ sql, signal: scope.job.signal }, membership)
  const promised = operation.plan!.users.filter((user) => !operation.plan!.unfound.includes(user.user))
  const still = promised.filter((user) => {
    const now = users.find((one) => one.user === user.user)
    // Where no role was known, none was promised.
    const roleless = user.had.length > 0 && user.had.every((had) => had.role === null)
    return now !== undefined && !(roleless && now.reason === 'without-role')
  })
  if (still.length === 0) return
  throw new AppError(
    'still-locked-out',
    `Still locked out: ${still
      .map((user) => user.label ?? user.user)
      .slice(0, 10)
      .join(', ')}.`,
  )
}

/** Gives locked-out users their memberships and roles back. */
export const recoveryKind: OperationKind<RecoveryRequest, RecoveryPlan, RestoreResult> = {
  kind: 'recovery',
  request: recoveryRequestInput,
  plan: planRecovery,
  run: runRecovery,
  verify: verifyRecovery,
}
