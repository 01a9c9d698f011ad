import { and, count, eq, isNotNull } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectedRuns, jobRuns } from '#drizzle/schema/jobs.ts'
import { unwrap } from '#lib/errors.ts'
import { getJobRun, listLiveWorkers } from '#lib/jobs/queries.ts'
import { requestPerformance } from '#lib/performance/request-performance.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { removeTarget } from '#lib/targets/remove-target.ts'
import { type RunningProgram, startProgram, waitFor } from '#lib/testing/program.ts'
import {
  createTestDatabase,
  createTestDataDirectory,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

const never = '0 0 1 1 *'
const quiet = { health: never, snapshot: never, archive: never, drill: never, performance: never }

let store: TestStore
let targetId: string
let workers: RunningProgram[]

const startWorkerProcess = (): RunningProgram =>
  startProgram('worker/main.ts', ['--lease-seconds', '4'], {
    DATABASE_URL: store.url,
    HOLDFAST_DATA: createTestDataDirectory(),
  })

const liveWorkers = (expected: number) =>
  waitFor(
    `${expected} living workers`,
    async () => {
      const live = await listLiveWorkers(store.db)
      return live.length === expected ? live : null
    },
    100_000,
  )

async function usePolicy(change: object): Promise<void> {
  const { document } = await getPolicy(store.db, targetId)
  unwrap(await applyPolicy(store.ctx, { name: 'shop', document: { ...document, ...change } }))
}

beforeAll(async () => {
  store = await createTestStore()
  const database = await createTestDatabase('create table public.orders (id int primary key)')
  const target = unwrap(
    await addTarget(store.ctx, { name: 'shop', url: database.url, environment: 'staging' }),
  )
  targetId = target.id
  await usePolicy({ schedules: quiet })
  workers = [startWorkerProcess(), startWorkerProcess(), startWorkerProcess()]
  await liveWorkers(3).catch((error) => {
    throw new Error(`${error.message}\n${workers.map(({ output }) => output()).join('\n')}`)
  })
}, 120_000)

test('a schedule fires once a minute with three workers running', { timeout: 180_000 }, async () => {
  await usePolicy({ schedules: { ...quiet, health: '* * * * *' } })
  const fires = await waitFor(
    'two fires of the schedule',
    async () => {
      const rows = await store.db
        .select()
        .from(expectedRuns)
        .where(and(eq(expectedRuns.schedule, 'health'), eq(expectedRuns.status, 'filed')))
      return rows.length >= 2 ? rows : null
    },
    170_000,
  )
  await usePolicy({ schedules: quiet })
  const minutes = fires.map(({ dueAt }) => dueAt.getTime())
  expect(minutes.every((at) => at % 60_000 === 0)).toBe(true)

  const filed = await store.db
    .select({ at: jobRuns.scheduledFor, runs: count() })
    .from(jobRuns)
    .where(isNotNull(jobRuns.scheduledFor))
    .groupBy(jobRuns.scheduledFor)
  expect(filed.length).toBeGreaterThanOrEqual(2)
  expect(filed.every(({ runs }) => runs === 1)).toBe(true)
})

test('the job of a worker killed with -9 is done by another within a minute', {
  timeout: 90_000,
}, async () => {
  await usePolicy({
    probes: ['first', 'second', 'third'].map((name) => ({ name, sql: 'select pg_sleep(0.3)' })),
  })
  const { jobRunId } = unwrap(await requestPerformance(store.ctx, { targetId }))
  const claimed = await waitFor('a worker to take the job', async () => {
    const run = await getJobRun(store.db, jobRunId)
    return run.status === 'running' ? run : null
  })
  const victim = workers.find(({ pid }) => claimed.claimedBy?.endsWith(`:${pid}`))!
  victim.child.kill('SIGKILL')
  const killedAt = Date.now()

  const run = await waitFor(
    'another worker to finish the job',
    async () => {
      const seen = await getJobRun(store.db, jobRunId)
      return seen.status === 'succeeded' || seen.status === 'failed' ? seen : null
    },
    60_000,
  )
  expect(run.status).toBe('succeeded')
  expect(run.claimedBy).not.toBe(claimed.claimedBy)
  expect(Date.now() - killedAt).toBeLessThan(60_000)
  workers = workers.filter((worker) => worker !== victim)
})

test('a worker that is told to stop gives its work back and leaves', { timeout: 60_000 }, async () => {
  const { jobRunId } = unwrap(await requestPerformance(store.ctx, { targetId }))
  const claimed = await waitFor('a worker to take the job', async () => {
    const run = await getJobRun(store.db, jobRunId)
    return run.status === 'running' ? run : null
  })
  const leaving = workers.find(({ pid }) => claimed.claimedBy?.endsWith(`:${pid}`))!
  leaving.child.kill('SIGTERM')
  expect(await leaving.ended).toBe(0)
  const run = await waitFor('the job to end', async () => {
    const seen = await getJobRun(store.db, jobRunId)
    return seen.status === 'succeeded' ? seen : null
  })
  expect(run.error).toBeNull()
  const live = await listLiveWorkers(store.db)
  expect(live.some(({ workerId }) => workerId.endsWith(`:${leaving.pid}`))).toBe(false)
})

test('nothing is expected of a removed target', { timeout: 60_000 }, async () => {
  await usePolicy({ schedules: { ...quiet, archive: '15 2 * * *' } })
  const expected = () => store.db.$count(expectedRuns, eq(expectedRuns.status, 'expected'))
  await waitFor('expected runs of the target', async () => (await expected()) > 0, 40_000)
  unwrap(await removeTarget(store.ctx, { name: 'shop', typedName: 'shop', reason: 'the test is over' }))
  await waitFor('no expected runs', async () => (await expected()) === 0, 40_000)
})

afterAll(async () => {
  await Promise.all(
    workers.map(async ({ child, ended }) => {
      child.kill('SIGTERM')
      await ended
    }),
  )
})
