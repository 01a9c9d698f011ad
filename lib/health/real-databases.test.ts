import { describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { runHealth } from '#lib/health/run-health.ts'
import type { HealthResult } from '#lib/health/types.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { hasPublicData, readPublicData } from '#lib/testing/public-data.ts'
import { createTestDatabase, createTestStore } from '#lib/testing/test-db.ts'

// Databases that nobody here made; they lie beside the checkout, where they are present at all.
const samples = [
  { name: 'chinook', lose: 'delete from invoice_line', check: 'rows.count:public.invoice_line' },
  { name: 'northwind', lose: 'delete from order_details', check: 'rows.count:public.order_details' },
]

for (const { name, lose, check } of samples.filter(({ name }) => hasPublicData(name))) {
  describe(name, () => {
    it('is healthy with the suggested policy, and an emergency when a table is emptied', async () => {
      const store = await createTestStore()
      const { url, sql } = await createTestDatabase()
      await sql.unsafe(readPublicData(name))
      await sql.unsafe('create extension pg_stat_statements')
      const { id } = unwrap(await addTarget(store.ctx, { name, url }))
      const run = async (): Promise<HealthResult> => {
        const { jobRunId } = unwrap(await requestHealth(store.ctx, { targetId: id }))
        await runJob(store.ctx, { 'health.run': runHealth } as unknown as JobHandlers, jobRunId, 'test')
        return (await getJobRun(store.db, jobRunId)).result as HealthResult
      }
      const before = await run()
      const ofContent = before.findings.filter(({ area }) => area !== 'backups' && area !== 'guards')
      expect(ofContent.filter(({ status }) => status !== 'healthy')).toEqual([])
      expect(before.findings.length).toBeGreaterThan(20)
      await sql.unsafe(lose)
      const after = await run()
      expect(after.status).toBe('unhealthy')
      expect(after.findings.find((finding) => finding.check === check)).toMatchObject({
        severity: 'EMERGENCY',
        measured: 0,
      })
    })
  })
}
