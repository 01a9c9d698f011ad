import { and, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type postgres from 'postgres'
import { operations } from '#drizzle/schema/operations.ts'
import type { Ctx } from '#lib/context.ts'
import { log } from '#lib/log.ts'
import type { DatabaseRestorePlan } from '#lib/restores/database/database-types.ts'
import { dropUnfinished, markOf } from '#lib/restores/database/make-database.ts'
import { findDatabase } from '#lib/restores/database/read-database-place.ts'
import { assertEmpty, unfinishedMark } from '#lib/restores/from-store/empty-database.ts'
import { urlOfDatabase, withMaintenance } from '#lib/targets/open-maintenance.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getTargetUrl } from '#lib/targets/queries.ts'

/** Runs that are over and left no marker: what they made is a part of a database, if it is there at all. */
const listOver = (ctx: Ctx, targetId: string) =>
  ctx.db
    .select({ id: operations.id, plan: operations.plan })
    .from(operations)
    .where(
      and(
        eq(operations.targetId, targetId),
        eq(operations.kind, 'database-restore'),
        inArray(operations.status, ['failed', 'cancelled', 'refused', 'expired']),
        isNull(operations.result),
        isNotNull(operations.plan),
        isNotNull(operations.startedAt),
        gt(operations.startedAt, sql`now() - interval '30 days'`),
      ),
    )

/** A process that was killed between making it and marking it leaves a database without a mark, and without anything else. */
async function isEmpty(ctx: Ctx, targetId: string, database: string): Promise<boolean> {
  const url = urlOfDatabase(await getTargetUrl(ctx, targetId, 'owner'), database)
  const session = connectToUrl(url, 'watch', { purpose: 'sweep databases' })
  try {
    await assertEmpty(session)
    return true
  } catch {
    return false
  } finally {
    await session.end({ timeout: 5 })
  }
}

async function isLeftOver(
  ctx: Ctx,
  server: postgres.Sql,
  targetId: string,
  { id, database }: { id: string; database: string },
): Promise<boolean> {
  const found = await findDatabase(server, database)
  if (!found) return false
  if (found.comment === unfinishedMark(markOf(id))) return true
  return found.comment === null && isEmpty(ctx, targetId, database)
}

/**
 * Drops the half databases of restores that are over: only by the name that their operation planned, and only what carries
 * that operation's own mark of being unfinished (or is empty). Returns the names. Safe to repeat and beside living restores.
 */
export async function sweepRestoredDatabases(ctx: Ctx, targetId: string): Promise<string[]> {
  const over = await listOver(ctx, targetId)
  if (over.length === 0) return []
  return withMaintenance(ctx, targetId, { purpose: 'sweep databases' }, async ({ sql: server }) => {
    const dropped: string[] = []
    for (const { id, plan } of over) {
      const { database } = plan as DatabaseRestorePlan
      if (!(await isLeftOver(ctx, server, targetId, { id, database }))) continue
      await dropUnfinished(server, database)
      dropped.push(database)
    }
    if (dropped.length > 0) log.info({ targetId, dropped }, 'what unfinished restores left was dropped')
    return dropped
  })
}
