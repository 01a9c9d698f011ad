import type { Ctx } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { listLiveWorkers } from '#lib/jobs/queries.ts'
import { log } from '#lib/log.ts'
import { listTargets } from '#lib/targets/queries.ts'
import { evaluateAlerts } from './evaluate-alerts.ts'
import { escalateAlerts } from './telling/escalate-alerts.ts'

/**
 * Evaluates the alerts of every target, and escalates them, while no worker lives: somebody else has to say that nothing runs. Does nothing
 * otherwise. Safe to repeat, from any number of processes. Returns whether it was needed.
 */
export async function evaluateUnattended(ctx: Ctx): Promise<boolean> {
  if ((await listLiveWorkers(ctx.db)).length > 0) return false
  for (const { id, name } of await listTargets(ctx.db)) {
    await evaluateAlerts(ctx, id).catch((error) =>
      log.warn({ target: name, error: messageOf(error) }, 'alerts could not be evaluated'),
    )
  }
  await escalateAlerts(ctx)
  return true
}
