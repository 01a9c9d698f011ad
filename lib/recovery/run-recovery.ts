import { sql as text } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import type { RunScope } from '#lib/operations/types.ts'
import { assertAccess } from '#lib/recovery/assert-access.ts'
import { compareHad } from '#lib/recovery/compare-had.ts'
import { listEvidence } from '#lib/recovery/list-evidence.ts'
import { listLockedOut } from '#lib/recovery/list-locked-out.ts'
import { identityOf, openRule, type Recovery, slowFor } from '#lib/recovery/plan-recovery.ts'
import { prepareRecovery } from '#lib/recovery/prepare-recovery.ts'
import type { RecoveryResult } from '#lib/recovery/types.ts'
import { bindingOf } from '#lib/restores/compare-source.ts'
import { verifyRestore } from '#lib/restores/verify-restore.ts'
import { writeRows } from '#lib/restores/write-rows.ts'
import { pickTables } from '#lib/targets/introspect.ts'

/** How long people have waited since somebody asked for it, by the control database's clock. */
async function measureWait(ctx: Ctx, operationId: string): Promise<number> {
  const [row] = await ctx.db
    .select({
      ms: text<number>`(extract(epoch from clock_timestamp() - ${operations.createdAt}) * 1000)::float8`,
    })
    .from(operations)
    .where(text`${operations.id} = ${operationId}`)
  return Math.round(row?.ms ?? 0)
}

/** What would be refused as a request now was possible when it was planned: somebody was faster. */
const asStale = (error: unknown): never => {
  if (!(error instanceof AppError) || !['refused', 'not-found'].includes(error.kind)) throw error
  throw new AppError('plan-stale', `The database changed since the plan was approved. ${error.message}`, {
    kind: 'refused',
    hint: 'Nothing was written. Search again.',
    cause: error,
  })
}

/**
 * Writes exactly the approved plan in one transaction, and commits only when everybody who was promised access has it and
 * nobody lost theirs.
 */
export async function runRecovery(scope: RunScope, operation: Recovery): Promise<RecoveryResult> {
  const begunAt = Date.now()
  const { ctx, job, session } = scope
  const { plan, targetId, request } = operation
  if (!plan) throw new AppError('no-plan', 'This operation has no plan.')
  const membership = await openRule(ctx, operation, session.target.name, session.sql)
  const search = { sql: session.sql, signal: job.signal, phase: job.phase }
  const until = new Date(plan.until)
  const listed = await listEvidence(job, search, targetId, { archives: request.archives !== false, until })
  await job.phase('find what they had')
  const prepared = await prepareRecovery(search, membership, request, operation.id, {
    ...listed,
    until,
    lostSince: new Date(plan.lostSince),
    slowFor: slowFor(request),
    includeRemoved: request.includeRemoved,
  }).catch(asStale)
  let before: ReadonlySet<string> = new Set()
  const checked: RunScope = {
    ...scope,
    async leaveMarker(transaction, result) {
      const reading = { sql: transaction, signal: job.signal }
      await job.phase('check access')
      await assertAccess(reading, membership, { users: plan.users, served: plan.served, before })
      const access = {
        people: plan.served.length,
        accessAfterMs: await measureWait(ctx, operation.id),
        runMs: Date.now() - begunAt,
      }
      await scope.leaveMarker(transaction, {
        ...(result as object),
        accessAfterMs: access.accessAfterMs,
        access,
      })
    },
  }
  const written = await writeRows(checked, {
    operationId: operation.id,
    label: 'what they had',
    tables: pickTables(membership.all, plan.tables),
    async compare(transaction) {
      const rows = { sql: transaction, signal: job.signal }
      const { users } = await listLockedOut(rows, membership)
      before = new Set(users.map(({ user }) => user))
      const compared = await compareHad(rows, membership, prepared.rows, prepared.people, 0)
      return compared.rows
    },
    binding: (rows) => bindingOf(identityOf(prepared), rows),
  })
  return written as RecoveryResult
}

/** As a restore, and every person that the plan promised access to still has it after the commit. */
export async function verifyRecovery(
  scope: Omit<RunScope, 'assertSamePlan' | 'leaveMarker'>,
  operation: Recovery,
  result: RecoveryResult,
): Promise<void> {
  await verifyRestore(scope, operation, result)
  const { sql, target } = scope.session
  const membership = await openRule(scope.ctx, operation, target.name, sql)
  const { users, served } = operation.plan!
  await assertAccess({ sql, signal: scope.job.signal }, membership, { users, served, before: null })
}
