import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import { messageOf } from '#lib/errors.ts'
import type { JobHandler, JobHandlers, JobKind } from '#lib/jobs/types.ts'
import { log } from '#lib/log.ts'

/** Work whose outcome can turn an alert. Looking never pages; this is where looking and telling meet. */
const turningKinds: readonly JobKind[] = [
  'backups.take',
  'backups.verify',
  'drills.run',
  'guards.install',
  'guards.verify',
  'health.run',
  'operations.run',
  'performance.measure',
  'targets.check',
]

/** The same handlers; after those that can turn an alert, done or failed, the target's alerts are evaluated. */
export function evaluateAfter(handlers: JobHandlers): JobHandlers {
  const wrap =
    (handler: JobHandler): JobHandler =>
    async (scope, payload) => {
      try {
        return await handler(scope, payload)
      } finally {
        if (scope.targetId && !scope.signal.aborted) {
          // The work's own outcome stands whatever happens here; the next run evaluates again.
          await evaluateAlerts(scope.ctx, scope.targetId).catch((error) =>
            log.error({ targetId: scope.targetId, error: messageOf(error) }, 'alerts could not be evaluated'),
          )
        }
      }
    }
  return {
    ...handlers,
    ...Object.fromEntries(turningKinds.map((kind) => [kind, wrap(handlers[kind])])),
  }
}
