import { warn } from '#cli/start/steps.ts'
import { listBackups } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import type { Ctx } from '#lib/context.ts'
import { messageOf, unwrap } from '#lib/errors.ts'
import { controlTargetName } from '#lib/targets/control-target.ts'
import { keepControlTarget } from '#lib/targets/keep-control-target.ts'

/**
 * Makes Holdfast's own database a target, or follows it to where it is now, and asks for its first archive. What stands in
 * the way is told and stops nothing: the other databases are protected all the same. Safe to repeat.
 */
export async function protectControl(ctx: Ctx, url: string): Promise<void> {
  try {
    const { targetId } = unwrap(await keepControlTarget(ctx, { url }))
    if ((await listBackups(ctx.db, { targetId, kind: 'archive', limit: 1 })).length > 0) return
    unwrap(await requestBackup(ctx, { target: controlTargetName, kind: 'archive', purpose: 'scheduled' }))
  } catch (error) {
    warn(`Holdfast’s own database is not protected: ${messageOf(error)}`)
  }
}
