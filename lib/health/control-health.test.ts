import { expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { runHealth } from '#lib/health/run-health.ts'
import type { HealthResult } from '#lib/health/types.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { keepControlTarget } from '#lib/targets/keep-control-target.ts'
import { createTestStore } from '#lib/testing/test-db.ts'

it('Holdfast’s own database is watched without alarms about its daily partitions or its statements', async () => {
  const store = await createTestStore()
  const { targetId } = unwrap(await keepControlTarget(store.ctx, { url: store.url }))
  const { jobRunId } = unwrap(await requestHealth(store.ctx, { targetId }))
  await runJob(store.ctx, { 'health.run': runHealth } as unknown as JobHandlers, jobRunId, 'test')
  const { findings } = (await getJobRun(store.db, jobRunId)).result as HealthResult
  expect(findings.length).toBeGreaterThan(20)
  expect(findings.map(({ check }) => check)).not.toContain('schema.changes')
  expect(findings.map(({ check }) => check)).not.toContain('statements.mean-time')
  expect(findings.filter(({ area, status }) => area !== 'backups' && status !== 'healthy')).toEqual([])
})
