import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { findNewestGood, listDrills } from '#lib/backups/queries.ts'
import type { Ctx } from '#lib/context.ts'
import { getTarget } from '#lib/targets/queries.ts'

/**
 * Files the drill of a target's first good archive at once: a new target is proven when it can be, not at the next
 * scheduled night. Does nothing once a drill was ever asked for.
 */
export async function proveFirstArchive(ctx: Ctx, targetId: string): Promise<void> {
  if ((await listDrills(ctx.db, { targetId, limit: 1 })).length > 0) return
  if (!(await findNewestGood(ctx.db, targetId, 'archive'))) return
  const { name } = await getTarget(ctx.db, targetId)
  await requestDrill(ctx, { target: name })
}
