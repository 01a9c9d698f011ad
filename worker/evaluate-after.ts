import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import { freezeRetentionNow } from '#lib/backups/retention/freeze-retention.ts'
import type { Ctx } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import type { JobHandler, JobHandlers, JobKind } from '#lib/jobs/types.ts'
import { log } from '#lib/log.ts'

/** Work whose outcome can turn an alert. Looking never pages; this is where looking and telling meet. */
const turningKinds: readonly JobKind[] = [
  'backups.copy',
  'backups.take',
  'backups.verify',
  'drift.compare',
  'drills.run',
  'guards.grant-agent',
  'guards.install',
  'guards.revoke-agent',
  'guards.verify',
  'health.run',
  'kit.test',
  'operations.run',
  'performance.measure',
  'targets.check',
]

/** What they find about a target's backups can freeze its retention. */
const provingKinds: readonly JobKind[] = ['backups.copy', 'backups.take', 'backups.verify', 'drills.run']

/** What these changed in the target is looked at at once, so that what was put back turns its alerts without waiting. */
const lookAgainAfter: readonly JobKind[] = ['operations.run']

/** The same handlers; after those that can turn an alert, done or failed, the target's alerts are evaluated. */
export function evaluateAfter(handlers: JobHandlers): JobHandlers {
  const wrap =
    (kind: JobKind, handler: JobHandler): JobHandler =>
    async (scope, payload) => {
      try {
        return await handler(scope, payload)
      } finally {
        if (scope.targetId && !scope.signal.aborted) {
          // The work's own outcome stands whatever happens here; the next run evaluates again.
          await follow(scope.ctx, kind, scope.targetId).catch((error) =>
            log.error({ targetId: scope.targetId, error: messageOf(error) }, 'alerts could not be evaluated'),
          )
        }
      }
    }
  return {
    ...handlers,
    ...Object.fromEntries(turningKinds.map((kind) => [kind, wrap(kind, handlers[kind])])),
  }
}

async function follow(ctx: Ctx, kind: JobKind, targetId: string): Promise<void> {
  if (provingKinds.includes(kind)) await freezeRetentionNow(ctx, targetId)
  await evaluateAlerts(ctx, targetId)
  if (lookAgainAfter.includes(kind)) await requestHealth(ctx, { targetId })
}
