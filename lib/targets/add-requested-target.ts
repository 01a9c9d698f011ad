import { eq, sql } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { targetRequests } from '#drizzle/schema/targets.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError, notFound, type Outcome, refuse } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { log } from '#lib/log.ts'
import { openSealed } from '#lib/sealed-box.ts'
import { type AddedTarget, addTarget } from '#lib/targets/add-target.ts'
import { findTargetByName } from '#lib/targets/queries.ts'
import { requestTargetCheck } from '#lib/targets/request-target-check.ts'

/**
 * Adds the database that a person asked for on the page, as that person: their permission is read again now.
 * Safe to repeat after a crash; the sealed URL is forgotten whatever comes of it.
 */
export async function addRequestedTarget(
  scope: JobScope,
  { requestId }: { requestId: string },
): Promise<{ name: string; status: string }> {
  const { ctx } = scope
  const [request] = await ctx.db.select().from(targetRequests).where(eq(targetRequests.id, requestId))
  if (!request) throw notFound('target-request', requestId)
  if (request.status !== 'queued' || !request.sealedUrl) return { name: request.name, status: request.status }

  await scope.phase('connect')
  const { name, environment, sealedUrl } = request
  const outcome = await attempt(ctx, request, () =>
    openSealed(ctx.keys!, sealedUrl, `target_requests|${requestId}`),
  )
  // After a crash between adding and this record, the target that this request made is there already.
  const known = await findTargetByName(ctx.db, name)
  const added = outcome.ok || (scope.attempt > 1 && known?.environment === environment)
  const status = added ? 'added' : 'refused'
  await ctx.db
    .update(targetRequests)
    .set({
      status,
      sealedUrl: null,
      refusal: outcome.ok ? null : outcome.refusal,
      targetId: added ? (known?.id ?? null) : null,
      finishedAt: sql`now()`,
    })
    .where(eq(targetRequests.id, requestId))
  if (added) await requestTargetCheck(ctx, { name })
  await announceChanges(ctx.db, ['targets'])
  return { name, status }
}

async function attempt(
  ctx: Ctx,
  request: typeof targetRequests.$inferSelect,
  openUrl: () => string,
): Promise<Outcome<AddedTarget>> {
  const [person] = await ctx.db.select().from(users).where(eq(users.id, request.userId))
  if (!person) return refuse('forbidden', 'Who asked is not known any more.')
  const actor = {
    kind: 'user' as const,
    userId: person.id,
    email: person.email,
    role: person.role,
    sessionId: request.sessionId,
  }
  try {
    const { name, environment } = request
    return await addTarget({ ...ctx, actor }, { name, environment, url: openUrl() })
  } catch (error) {
    if (error instanceof AppError) return refuse(error.code, error.message, error.hint)
    log.error({ err: error, requestId: request.id }, 'adding a requested target failed')
    return refuse('failed', 'Adding it failed on our side.', 'The worker’s log says why. Send it again.')
  }
}
