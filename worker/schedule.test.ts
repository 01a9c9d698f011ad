import { beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { unwrap } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { createTestDatabase, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { fireSchedule } from '#worker/schedule.ts'

describe('scheduled looking', () => {
  let store: TestStore
  let targetId: string
  beforeAll(async () => {
    store = await createTestStore()
    const { url } = await createTestDatabase('create table public.things (id int primary key)')
    const policy = { probes: [{ name: 'one', sql: 'select 1' }] }
    targetId = unwrap(await addTarget(store.ctx, { name: 'quiet', url, policy })).id
  })
  const counts = async () => ({
    audit: await store.db.$count(auditEntries),
    jobs: await store.db.$count(jobRuns),
  })

  it.each(['health', 'performance'] as const)(
    'of %s files its work without an entry in the audit',
    async (schedule) => {
      const worker = { ...store.ctx, actor: { kind: 'worker' as const, workerId: 'w1' } }
      const before = await counts()
      await fireSchedule(worker, { targetId, schedule }, new Date())
      expect(await counts()).toEqual({ audit: before.audit, jobs: before.jobs + 1 })
    },
  )

  it('stays audited when a person asks, whatever occurrence they claim to mean', async () => {
    const before = await counts()
    unwrap(await requestHealth(store.ctx, { targetId, scheduledFor: new Date(0) }))
    expect((await counts()).audit).toBe(before.audit + 1)
  })
})
