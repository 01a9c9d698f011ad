import { eq } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { permits } from '#drizzle/schema/permits.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getTarget } from '#lib/targets/queries.ts'

const withdrawSql = loadSql(new URL('./sql/withdraw_permit.sql', import.meta.url))
const lockNotAvailable = '55P03'

/** Does a `permits.withdraw` job: from then on nobody can open the permit. Safe to repeat. */
export async function withdrawPermit(
  scope: JobScope,
  { permitId }: { permitId: string },
): Promise<{ permitId: string; state: 'withdrawn' }> {
  const { ctx } = scope
  const targetId = scope.targetId!
  const target = await getTarget(ctx.db, targetId)
  await scope.phase('withdraw')
  const gone = await withTarget(ctx, targetId, 'guard', { purpose: 'permit-withdraw' }, async ({ sql }) => {
    try {
      const withdrawn = await sql.unsafe(withdrawSql, [permitId])
      if (withdrawn.length > 0) await sql`select holdfast.revoke_permit_rights()`
      return withdrawn.length > 0
    } catch (error) {
      if ((error as { code?: string }).code !== lockNotAvailable) throw error
      throw new AppError('permit-in-use', 'A transaction has this permit open.', {
        kind: 'refused',
        hint: 'End that session (select pg_terminate_backend), then withdraw again.',
        cause: error,
      })
    }
  })
  if (!gone) {
    throw new AppError('permit-ended', 'This permit was used already; there is nothing to withdraw.', {
      kind: 'refused',
      hint: `See it with: holdfast permits list ${target.name}`,
    })
  }
  const [run] = await ctx.db
    .select({ requestedBy: jobRuns.requestedBy })
    .from(jobRuns)
    .where(eq(jobRuns.id, scope.jobRunId))
  const endedBy = run?.requestedBy ?? formatActor(ctx.actor)
  await ctx.db.transaction(async (tx) => {
    await tx
      .update(permits)
      .set({ state: 'withdrawn', secret: null, endedAt: new Date(), endedBy })
      .where(eq(permits.id, permitId))
    await announceChanges(tx, ['guards', 'audit'])
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'permits.withdraw',
      outcome: 'done',
      subject: `operation:${permitId}`,
      target: target.name,
      detail: { requestedBy: endedBy },
    })
  })
  return { permitId, state: 'withdrawn' }
}
