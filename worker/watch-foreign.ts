import { and, desc, eq } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { watchForeign } from '#lib/backups/foreign/watch-foreign.ts'
import { findNewestGood } from '#lib/backups/queries.ts'
import type { Ctx } from '#lib/context.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const hourMs = 3_600_000

/** Looks at others' archives of a target, and files the drill of the newest one as often as the policy wants proofs. */
export async function watchForeignArchives(ctx: Ctx, targetId: string): Promise<void> {
  const { document } = await getPolicy(ctx.db, targetId)
  if (document.foreignArchives.length === 0) return
  await watchForeign(ctx, targetId, { signal: new AbortController().signal })
  const newest = await findNewestGood(ctx.db, targetId, 'archive', 'foreign')
  if (!newest) return
  const [last] = await ctx.db
    .select({ at: drills.createdAt })
    .from(drills)
    .innerJoin(backups, eq(backups.id, drills.backupId))
    .where(and(eq(drills.targetId, targetId), eq(backups.origin, 'foreign')))
    .orderBy(desc(drills.createdAt))
    .limit(1)
  if (last && Date.now() - last.at.getTime() < (document.objectives.proofHours / 2) * hourMs) return
  const { name } = await getTarget(ctx.db, targetId)
  await requestDrill(ctx, { target: name, backupId: newest.id })
}
