import type { JobHandler, JobHandlers } from '#lib/jobs/types.ts'
import { evaluateAfter } from '#worker/evaluate-after.ts'
import { checkTarget } from '#lib/targets/check-target.ts'

const notBuilt: JobHandler = async () => {
  throw new Error('not built yet')
}

/** Job → verb, and nothing else. The worker and the CLI both work from this list. */
export const jobHandlers: JobHandlers = evaluateAfter({
  'backups.take': notBuilt,
  'backups.verify': notBuilt,
  'deployments.validate': notBuilt,
  'drills.run': notBuilt,
  'guards.install': notBuilt,
  'guards.remove': notBuilt,
  'guards.verify': notBuilt,
  'health.run': notBuilt,
  'operations.plan': notBuilt,
  'operations.run': notBuilt,
  'performance.measure': notBuilt,
  'targets.check': (scope) => checkTarget(scope),
})
