import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { planHistory, readHistory } from '#lib/health/history.ts'
import { listStates } from '#lib/health/queries.ts'
import { listCurrentJobRuns } from '#lib/jobs/queries.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

export const historyHours = [24, 168, 336, 1_440] as const

export const healthRead = defineRead({
  name: 'health',
  topics: ['health', 'jobs'],
  audience: 'role',
  input: z.object({
    targetId: z.uuid(),
    /** The check whose history is shown. */
    check: z.string().max(400).optional(),
    hours: z.number().int().min(1).max(1_440).default(24),
  }),
  async read({ db, user }, { targetId, check, hours }) {
    const [target, policy, states, jobs] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
      listStates(db, targetId),
      listCurrentJobRuns(db),
    ])
    const running = jobs.find(
      (job) =>
        job.kind === 'health.run' &&
        job.targetId === targetId &&
        (job.status === 'queued' || job.status === 'running'),
    )
    const opened = states.find((state) => state.check === check)
    return {
      role: user.role,
      target: { id: target.id, name: target.name },
      schedule: policy.document.schedules.health,
      memberships: policy.document.memberships.length,
      running: running ? { done: running.progressDone, total: running.progressTotal } : null,
      states,
      opened: opened
        ? { ...opened, hours, history: await readOpened(db, targetId, opened.check, hours) }
        : null,
    }
  },
})

async function readOpened(db: DbOrTx, targetId: string, check: string, hours: number) {
  const now = new Date()
  const plan = planHistory({
    from: new Date(now.getTime() - hours * 3_600_000),
    until: now,
    points: 200,
    now,
  })
  const buckets = await readHistory(db, targetId, check, plan)
  return buckets.map((bucket) => ({
    at: bucket.at,
    measured: check.startsWith('rows.') ? bucket.lowest : bucket.highest,
    status:
      bucket.unhealthy > 0
        ? ('unhealthy' as const)
        : bucket.runs === bucket.noData
          ? ('no-data' as const)
          : ('healthy' as const),
  }))
}
