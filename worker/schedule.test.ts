import { and, asc, eq, sql } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { backups } from '#drizzle/schema/backups.ts'
import { expectedRuns, jobRuns } from '#drizzle/schema/jobs.ts'
import { unwrap } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { answerDueRuns } from '#lib/jobs/answer-due-runs.ts'
import { getScheduleState } from '#lib/jobs/expected-runs.ts'
import { nextOccurrence } from '#lib/jobs/occurrence.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createTestDatabase, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { fileDueRuns, planRuns, scheduleRules } from '#worker/schedule.ts'

const never = '0 0 1 1 *'
const quiet = { health: never, snapshot: never, archive: never, drill: never, performance: never }
const hourMs = 3_600_000

let store: TestStore
let targetId: string
const worker = () => ({ ...store.ctx, actor: { kind: 'worker' as const, workerId: 'w1' } })

beforeAll(async () => {
  store = await createTestStore()
  const { url } = await createTestDatabase('create table public.things (id int primary key)')
  const policy = {
    probes: [{ name: 'one', sql: 'select 1' }],
    protectedTables: [{ table: 'public.things' }],
  }
  targetId = unwrap(await addTarget(store.ctx, { name: 'quiet', url, policy })).id
})

async function usePolicy(change: object): Promise<void> {
  const { document } = await getPolicy(store.db, targetId)
  unwrap(await applyPolicy(store.ctx, { name: 'quiet', document: { ...document, ...change } }))
}
const runsOf = (schedule: string) =>
  store.db
    .select()
    .from(expectedRuns)
    .where(and(eq(expectedRuns.targetId, targetId), eq(expectedRuns.schedule, schedule)))
    .orderBy(asc(expectedRuns.dueAt))
/** One run that is due, late by so much. */
async function makeDue(schedule: string, ...lateByMs: number[]): Promise<Date[]> {
  const dueAts = lateByMs.map((ms) => new Date(Date.now() - ms))
  await store.db.insert(expectedRuns).values(dueAts.map((dueAt) => ({ targetId, schedule, dueAt })))
  return dueAts
}
const counts = async () => ({
  audit: await store.db.$count(auditEntries),
  jobs: await store.db.$count(jobRuns),
})
afterEach(async () => {
  await store.db.delete(expectedRuns)
})

describe('what is expected', () => {
  it('is written down before it is due: at least the next two, a day ahead, and few of a fast schedule', async () => {
    await usePolicy({
      timeZone: 'Europe/Berlin',
      schedules: { health: '* * * * *', snapshot: '0 */6 * * *', archive: '15 2 * * *', drill: '0 3 * * 1' },
    })
    await Promise.all([planRuns(worker()), planRuns(worker()), planRuns(worker())])
    const ahead = async (schedule: string) =>
      (await runsOf(schedule)).filter(({ dueAt }) => +dueAt > Date.now())
    expect((await ahead('health')).length).toBeLessThanOrEqual(30)
    expect((await ahead('health')).length).toBeGreaterThanOrEqual(29)
    expect((await ahead('snapshot')).length).toBeGreaterThanOrEqual(4)
    expect((await ahead('archive')).length).toBe(2)
    expect((await ahead('drill')).length).toBe(2)
    expect((await ahead('archive'))[0]!.dueAt).toEqual(
      nextOccurrence('15 2 * * *', 'Europe/Berlin', new Date()),
    )
    expect((await ahead('archive'))[0]!.status).toBe('expected')
  })

  it('follows the policy: another time, another zone, and nothing for what it does not call for', async () => {
    await usePolicy({ schedules: { ...quiet, archive: '15 2 * * *' }, timeZone: 'UTC' })
    await planRuns(worker())
    const hours = async () => (await runsOf('archive')).map(({ dueAt }) => dueAt.getUTCHours())
    expect(await hours()).toEqual([2, 2])
    await usePolicy({ timeZone: 'Asia/Tokyo' })
    await planRuns(worker())
    expect(await hours()).toEqual([17, 17])
    await usePolicy({ protectedTables: [], probes: [] })
    await planRuns(worker())
    expect(await runsOf('snapshot')).toEqual([])
    expect(await runsOf('performance')).toEqual([])
    await usePolicy({
      protectedTables: [{ table: 'public.things' }],
      probes: [{ name: 'one', sql: 'select 1' }],
    })
  })

  it('makes up for the slots of a time in which nobody was there to write, once, and not for those before the policy', async () => {
    await usePolicy({ schedules: { ...quiet, archive: '15 * * * *' }, timeZone: 'UTC' })
    await planRuns(worker())
    expect((await runsOf('archive')).filter(({ dueAt }) => +dueAt < Date.now())).toEqual([])
    await store.db.execute(
      sql`update policies set applied_at = now() - interval '5 hours' where target_id = ${targetId}`,
    )
    await planRuns(worker())
    expect((await runsOf('archive')).filter(({ dueAt }) => +dueAt < Date.now())).toHaveLength(5)
    const before = await counts()
    await fileDueRuns(worker())
    await planRuns(worker())
    await fileDueRuns(worker())
    expect((await counts()).jobs).toBe(before.jobs + 1)
    const past = (await runsOf('archive')).filter(({ dueAt }) => +dueAt < Date.now())
    expect(past.map(({ status }) => status)).toEqual(['skipped', 'skipped', 'skipped', 'skipped', 'filed'])
  })

  it('is neither doubled nor lost when the clock jumps by two hours there and back', async () => {
    await usePolicy({ schedules: { ...quiet, archive: '0 * * * *' }, timeZone: 'UTC' })
    // The clock goes ahead of what is written by as much as what is written goes behind the clock.
    const shift = async (hours: number) => {
      for (const by of [hours + 5000, -5000]) {
        await store.db.execute(sql`update expected_runs set due_at = due_at - make_interval(hours => ${by})`)
      }
    }
    await planRuns(worker())
    const before = await counts()
    await shift(2)
    await fileDueRuns(worker())
    await shift(-2)
    await planRuns(worker())
    await fileDueRuns(worker())
    // Two hours lie between: of their slots the latest was filed, each is answered, and none comes a second time.
    expect((await counts()).jobs).toBe(before.jobs + 1)
    const slots = (await runsOf('archive')).slice(0, 4)
    expect(slots.map(({ status }) => status)).toEqual(['skipped', 'filed', 'expected', 'expected'])
    const apart = slots.slice(1).map(({ dueAt }, i) => +dueAt - +slots[i]!.dueAt)
    expect(apart).toEqual([hourMs, hourMs, hourMs])
  })

  it('is taken back where a clock that was years ahead has written it', async () => {
    await usePolicy({ schedules: { ...quiet, archive: '15 2 * * *' }, timeZone: 'UTC' })
    await store.db
      .insert(expectedRuns)
      .values({ targetId, schedule: 'archive', dueAt: new Date('2090-01-01T02:15:00Z') })
    await planRuns(worker())
    expect((await runsOf('archive')).map(({ dueAt }) => dueAt.getUTCFullYear())).not.toContain(2090)
  })
})

describe('a run that is due', () => {
  it('is filed once by ten schedulers at once', async () => {
    await makeDue('archive', 1000)
    const before = { ...(await counts()), backups: await store.db.$count(backups) }
    await Promise.all(Array.from({ length: 10 }, () => fileDueRuns(worker())))
    expect((await counts()).jobs).toBe(before.jobs + 1)
    expect(await store.db.$count(backups)).toBe(before.backups + 1)
    const [run] = await runsOf('archive')
    expect(run).toMatchObject({ status: 'filed', refusedBecause: null })
    expect(run!.jobRunId).not.toBeNull()
  })

  it('is offered to one of ten processes only, and to nobody once it is answered', async () => {
    await makeDue('drill', 2000, 1000)
    let offers = 0
    const answer = () =>
      answerDueRuns(worker(), { targetId, schedule: 'drill' }, async () => {
        offers++
        return { status: 'refused', refusedBecause: 'the test says so' }
      })
    const answers = await Promise.all(Array.from({ length: 10 }, answer))
    expect(offers).toBe(1)
    expect(answers.filter((one) => one !== null)).toHaveLength(1)
    expect(await answer()).toBeNull()
  })

  it('is filed once although the process died after the work was asked for', async () => {
    const [dueAt] = await makeDue('archive', 1000)
    await fileDueRuns(worker())
    await store.db.update(expectedRuns).set({ status: 'expected', jobRunId: null })
    const before = await counts()
    await fileDueRuns(worker())
    expect(await counts()).toEqual(before)
    expect((await runsOf('archive'))[0]).toMatchObject({ status: 'filed', dueAt })
  })

  it('stays due when it could not be filed, and takes nothing of the attempt with it', async () => {
    await makeDue('health', 1000)
    const before = await counts()
    const { request } = scheduleRules.health
    scheduleRules.health.request = async (ctx, target, scheduledFor) => {
      await request(ctx, target, scheduledFor)
      throw new Error('the connection broke')
    }
    await fileDueRuns(worker())
    scheduleRules.health.request = request
    expect((await counts()).jobs).toBe(before.jobs)
    expect((await runsOf('health'))[0]!.status).toBe('expected')
    await fileDueRuns(worker())
    expect((await counts()).jobs).toBe(before.jobs + 1)
  })

  it('is skipped when it is a look whose minute has passed, and taken late when it is a backup', async () => {
    await makeDue('health', 10 * 60_000, 5 * 60_000)
    await makeDue('snapshot', 3 * hourMs)
    const before = await counts()
    await fileDueRuns(worker())
    expect((await runsOf('health')).map(({ status }) => status)).toEqual(['skipped', 'skipped'])
    expect((await runsOf('snapshot')).map(({ status }) => status)).toEqual(['filed'])
    expect((await counts()).jobs).toBe(before.jobs + 1)
  })

  it('says why nothing was filed', async () => {
    await makeDue('drill', 1000)
    await fileDueRuns(worker())
    const [run] = await runsOf('drill')
    expect(run).toMatchObject({ status: 'refused', refusedBecause: 'quiet has no good archive to drill.' })
  })

  it('lets a snapshot and an archive of the same minute both run', async () => {
    const dueAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 7000)
    await store.db
      .insert(expectedRuns)
      .values(['snapshot', 'archive'].map((schedule) => ({ targetId, schedule, dueAt })))
    const before = await counts()
    await fileDueRuns(worker())
    expect((await counts()).jobs).toBe(before.jobs + 2)
  })

  it('counts as missed by the clock, also when nobody wrote it down', async () => {
    const rule = { targetId, schedule: 'archive', cron: '0 * * * *', timeZone: 'UTC' }
    const now = new Date()
    const state = await getScheduleState(store.db, rule, new Date(now.getTime() - 6 * hourMs), now)
    expect(state).toMatchObject({ fired: 0 })
    expect(state.missed).toBeGreaterThanOrEqual(5)
  })
})

describe('scheduled looking', () => {
  it.each(['health', 'performance'] as const)(
    'of %s files its work without an entry in the audit',
    async (schedule) => {
      // While a look waits, another one is not filed.
      await store.db.update(jobRuns).set({ status: 'succeeded' })
      await makeDue(schedule, 1000)
      const before = await counts()
      await fileDueRuns(worker())
      expect(await counts()).toEqual({ audit: before.audit, jobs: before.jobs + 1 })
    },
  )

  it('stays audited when a person asks, whatever occurrence they claim to mean', async () => {
    const before = await counts()
    unwrap(await requestHealth(store.ctx, { targetId, scheduledFor: new Date(0) }))
    expect((await counts()).audit).toBe(before.audit + 1)
  })
})
