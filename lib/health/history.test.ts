import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type HistoryBucket, planHistory, readHistory } from '#lib/health/history.ts'
import { makePartitionsSince } from '#lib/health/make-partitions.ts'
import { rollUpLog } from '#lib/health/roll-up-log.ts'
import { recordTarget } from '#lib/testing/alert-records.ts'
import { createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const dayMs = 86_400_000

describe('planHistory', () => {
  const now = new Date('2026-11-21T12:34:56Z')
  it('never gives more buckets than points, whatever is asked for', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01Z') }),
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01Z') }),
        fc.integer({ min: -5, max: 10 ** 9 }),
        (from, until, points) => {
          const plan = planHistory({ from, until, points, now })
          const buckets = Math.ceil(plan.until.getTime() / plan.stepMs) - plan.from.getTime() / plan.stepMs
          expect(buckets).toBeLessThanOrEqual(Math.max(Math.min(points, 1_000), 2))
          expect(plan.until <= now).toBe(true)
        },
      ),
    )
  })

  it('reads at most 3,000 rollups of a check, also for ten years', () => {
    const stepOf = { minutes: 60_000, hours: 3_600_000, days: dayMs }
    for (const days of [1 / 24, 1, 2, 7, 30, 100, 101, 365, 3_650]) {
      const { tier, from, until } = planHistory({
        from: new Date(now.getTime() - days * dayMs),
        until: now,
        points: 700,
        now,
      })
      expect((until.getTime() - from.getTime()) / stepOf[tier]).toBeLessThan(3_000)
    }
  })
})

describe('readHistory', () => {
  let store: TestStore
  let targetId: string
  const check = 'rows.count:public.members'
  const now = new Date()

  beforeAll(async () => {
    store = await createTestStore()
    targetId = (await recordTarget(store.db)).id
    await makePartitionsSince(store.db, new Date(now.getTime() - 40 * dayMs))
    // A run every ten minutes but for three days without a worker; one loss of a single run; one day without data.
    await store.db.$client`
      insert into health_log (target_id, checked_at, "check", status, severity, measured, details)
      select ${targetId}, at, ${check},
        case when n = 1500 then 'unhealthy' when n between 2200 and 2343 then 'no-data' else 'healthy' end, 'INFO',
        case when n = 1500 then 3 when n between 2200 and 2343 then null else 1000 + n % 7 end, ''
      from (select now() - n * interval '10 minutes' as at, n from generate_series(1, 5000) n) look
      where n not between 3000 and 3431`
    await rollUpLog(store.db, targetId, new Date(now.getTime() - 40 * dayMs))
  })

  const read = (days: number, points: number): Promise<HistoryBucket[]> =>
    readHistory(
      store.db,
      targetId,
      check,
      planHistory({ from: new Date(now.getTime() - days * dayMs), until: now, points, now }),
    )

  it.each([
    [30, 700],
    [30, 60],
    [365, 700],
    [365, 12],
  ])('shows a loss of one run in %s days with %s points', async (days, points) => {
    const buckets = await read(days, points)
    expect(buckets.length).toBeLessThanOrEqual(points)
    expect(buckets.filter(({ unhealthy }) => unhealthy > 0)).toMatchObject([{ lowest: 3 }])
  })

  it('shows when nobody looked as a gap, and when nothing could be said as no data', async () => {
    const buckets = await read(30, 700)
    const ofDay = (bucket: HistoryBucket) => Math.floor((now.getTime() - bucket.at.getTime()) / dayMs)
    expect(buckets.filter((bucket) => bucket.runs === 0 && ofDay(bucket) === 22).length).toBeGreaterThan(10)
    const unknown = buckets.filter(({ runs, noData }) => runs > 0 && noData === runs)
    expect(unknown.length).toBeGreaterThan(10)
    expect(unknown.every(({ lowest, highest }) => lowest === null && highest === null)).toBe(true)
  })

  it('has every step of the last day, though only minutes with a run are kept', async () => {
    const buckets = await read(1, 700)
    const steps = buckets.slice(1).map((bucket, index) => bucket.at.getTime() - buckets[index]!.at.getTime())
    expect(new Set(steps).size).toBe(1)
    expect(buckets.filter(({ runs }) => runs > 0).length).toBeGreaterThan(100)
  })
})
