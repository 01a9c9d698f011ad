import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { probeBaselines, probeMeasurements } from '#drizzle/schema/performance.ts'
import { policies } from '#drizzle/schema/targets.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { type PolicyInput, policySchema } from '#lib/targets/policy.ts'
import {
  createTestDatabase,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'
import { jobHandlers } from '#worker/jobs.ts'
import { learnBaseline } from './learn-baseline.ts'
import { listBaselines, listProbeHistory, listProbeReadings } from './queries.ts'
import { requestPerformance } from './request-performance.ts'

const probes: PolicyInput['probes'] = [
  { name: 'count', category: 'aggregate', sql: 'select count(*) from public.things' },
  { name: 'slow', sql: 'select pg_catalog.pg_sleep(60)' },
  { name: 'writes', sql: "insert into public.things (label) values ('probe')" },
  { name: 'two', sql: 'select 1; drop table public.things' },
]

describe('measurePerformance', () => {
  let store: TestStore
  let targetId: string
  let target: Awaited<ReturnType<typeof createTestDatabase>>
  beforeAll(async () => {
    store = await createTestStore()
    target = await createTestDatabase(`
      create table public.things (id int generated always as identity primary key, label text);
      insert into public.things (label) select 'x' from generate_series(1, 500)`)
    const added = await addTarget(store.ctx, { name: 'timed', url: target.url, environment: 'staging' })
    if (!added.ok) throw new Error(added.refusal.reason)
    targetId = added.value.id
  })
  const apply = (chosen: PolicyInput['probes'], version: number) =>
    store.db.insert(policies).values({
      targetId,
      version,
      document: policySchema.parse({ probes: chosen }),
      appliedBy: 'test',
    })
  const measure = async () => {
    const outcome = await requestPerformance(store.ctx, { targetId })
    if (!outcome.ok) throw new Error(outcome.refusal.reason)
    await runJob(store.ctx, jobHandlers, outcome.value.jobRunId, 'test')
    return getJobRun(store.db, outcome.value.jobRunId)
  }

  it('times what only reads, and gives no data for what is too slow, writes or is two statements', async () => {
    await apply(probes, 100)
    expect(await measure()).toMatchObject({
      status: 'succeeded',
      result: { verdicts: { count: 'learning', slow: 'no-data', writes: 'no-data', two: 'no-data' } },
    })
    const readings = await listProbeReadings(store.db, targetId)
    expect(readings[0]).toMatchObject({ name: 'count', category: 'aggregate', error: null })
    expect(readings[0]!.medianMs).toBeGreaterThan(0)
    expect(readings[0]!.p95Ms).toBeGreaterThanOrEqual(readings[0]!.medianMs!)
    expect(readings[1]!.error).toMatch(/statement timeout/)
    expect(readings[2]!.error).toMatch(/read-only/)
    expect(readings[3]!.error).toMatch(/multiple commands/)
    const [left] = await target.sql`select count(*)::int as rows from public.things`
    expect(left!.rows).toBe(500)
  }, 30_000)

  it('learns the first baseline by itself once there are enough measurements', async () => {
    await apply([probes[0]!], 101)
    for (let run = 0; run < 4; run++) {
      expect((await listBaselines(store.db, targetId)).size).toBe(0)
      await measure()
    }
    expect((await listBaselines(store.db, targetId)).get('count')).toMatchObject({ measurements: 5 })
    await measure()
    const [reading] = await listProbeReadings(store.db, targetId)
    expect(reading!.verdict).not.toBe('learning')
    expect(reading!.baselineMs).toBeGreaterThan(0)
    expect(
      (await listProbeHistory(store.db, targetId, new Date(Date.now() - 60_000))).length,
    ).toBeGreaterThan(0)
  })

  it('learns again on demand, and refuses when nothing was measured enough', async () => {
    expect(await learnBaseline(store.ctx, { targetId })).toMatchObject({
      ok: true,
      value: { learned: [{ probe: 'count', measurements: 6 }], short: [] },
    })
    expect(await learnBaseline(store.ctx, { targetId, probe: 'nothing' })).toMatchObject({
      ok: false,
      refusal: { code: 'probe-not-found' },
    })
    await store.db.delete(probeMeasurements).where(eq(probeMeasurements.targetId, targetId))
    expect(await learnBaseline(store.ctx, { targetId })).toMatchObject({
      ok: false,
      refusal: { code: 'too-few-measurements' },
    })
  })

  it('refuses a viewer, and a target without probes', async () => {
    const viewer = await createTestPerson(store, 'viewer')
    for (const verb of [requestPerformance, learnBaseline]) {
      expect(await verb(viewer, { targetId })).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
    }
    await apply([], 102)
    expect(await requestPerformance(store.ctx, { targetId })).toMatchObject({
      ok: false,
      refusal: { code: 'no-probes' },
    })
  })

  it('looks again before it believes a regression, and keeps the better look', async () => {
    // Slow for the ten runs of the first look only: a busy moment, not the query.
    const script = `
      create function public.busy() returns void language plpgsql volatile as $$
      declare
        calls int := 1 + coalesce(nullif(current_setting('test.calls', true), '')::int, 0);
      begin
        perform set_config('test.calls', calls::text, false);
        if calls <= 10 then perform pg_catalog.pg_sleep(0.2); end if;
      end $$`
    await target.sql.unsafe(script)
    await apply([{ name: 'busy', sql: 'select public.busy()' }], 103)
    await store.db.insert(probeBaselines).values({
      targetId,
      probe: 'busy',
      medianMs: 20,
      deviationMs: 5,
      p95Ms: 60,
      measurements: 10,
      learnedBy: 'test',
    })
    const run = await measure()
    expect(run.phases.map((phase) => phase.name)).toEqual(['measure', 'look again'])
    const [reading] = await listProbeReadings(store.db, targetId)
    expect(reading!.medianMs).toBeLessThan(200)
  })
})
