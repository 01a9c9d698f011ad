import { and, eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startWatchman, type Watchman } from '#cli/start/watchman.ts'
import { alerts } from '#drizzle/schema/alerts.ts'
import { deliveries } from '#drizzle/schema/channels.ts'
import { workerHeartbeats } from '#drizzle/schema/jobs.ts'
import { alertRoutes } from '#drizzle/schema/on-call.ts'
import { openWorkerWatch } from '#lib/alerts/watch-worker.ts'
import { findChannelByName } from '#lib/channels/queries.ts'
import { findWorkerState } from '#lib/jobs/find-worker-state.ts'
import { type ChannelStage, setChannelStage } from '#lib/testing/channel-stage.ts'
import { type RunningProgram, startProgram, waitFor } from '#lib/testing/program.ts'
import { type Receiver, startReceiver } from '#lib/testing/receiver.ts'
import { createTestDataDirectory, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { openWebDoor } from '#lib/testing/web-door.ts'
import { jobHandlers } from '#worker/jobs.ts'
import { startWorker } from '#worker/start-worker.ts'

let store: TestStore
let stage: ChannelStage
let chat: Receiver
let outside: Receiver
let watchman: Watchman | null = null
let worker: RunningProgram

const startWorkerProcess = (): RunningProgram =>
  startProgram('worker/main.ts', [], { DATABASE_URL: store.url, HOLDFAST_DATA: createTestDataDirectory() })

const untilState = (state: 'alive' | 'dead') =>
  waitFor(`a worker that is ${state}`, async () => (await findWorkerState(store.db)).state === state, 60_000)

/** Time goes by for who says that he lives: one that really does says so again at once. */
const ageHeartbeats = () =>
  store.db.update(workerHeartbeats).set({ seenAt: sql`${workerHeartbeats.seenAt} - interval '20 seconds'` })

const workerAlert = async (status: 'firing' | 'resolved') => {
  const rows = await store.db
    .select({ id: alerts.id })
    .from(alerts)
    .where(and(eq(alerts.fingerprint, 'holdfast:worker-dead'), eq(alerts.status, status)))
  return rows[0] ?? null
}

beforeAll(async () => {
  store = await createTestStore()
  stage = setChannelStage(store)
  chat = await startReceiver()
  outside = await startReceiver()
  const channelId = await stage.add('chat', { kind: 'slack', url: `${chat.url}/hook` })
  await stage.add('dead-man', { kind: 'heartbeat', url: `${outside.url}/ping/0123456789` })
  await store.db.insert(alertRoutes).values({
    name: 'everything',
    position: 1,
    match: { minimumSeverity: 'INFO' },
    steps: [{ afterMinutes: 0, channelIds: [channelId], rotationIds: [] }],
    createdBy: 'test',
  })
  worker = startWorkerProcess()
  await untilState('alive')
}, 60_000)

afterEach(async () => {
  await watchman?.stop()
  watchman = null
})

describe('a worker', { timeout: 60_000 }, () => {
  it('that lives calls the service outside, once a minute, and is not told of', async () => {
    await waitFor('the heartbeat outside', () => outside.calls.length > 0)
    await waitFor(
      'the channel to work',
      async () => (await findChannelByName(store.db, 'dead-man'))?.status === 'working',
    )
    const watch = openWorkerWatch(store.ctx)
    expect((await watch.look()).state).toBe('alive')
    expect((await watch.look()).state).toBe('alive')
    expect(await workerAlert('firing')).toBeNull()
    expect(outside.calls).toHaveLength(1)
  })

  it('that stands still is told of by the process beside it, which sends it as well, and is over when it goes on', async () => {
    worker.child.kill('SIGSTOP')
    await ageHeartbeats()
    expect((await findWorkerState(store.db)).state).toBe('dead')
    watchman = startWatchman(store.url, store.ctx.keys!, 200)
    await waitFor('the alert', () => workerAlert('firing'))
    await waitFor('the message', () => chat.calls.some(({ body }) => body.includes('No worker is running')))
    worker.child.kill('SIGCONT')
    await untilState('alive')
    await waitFor('the end of it', () => workerAlert('resolved'))
  })

  it('that was killed is told of by a web process, which holds no key and sends nothing', async () => {
    await store.db.delete(deliveries)
    worker.child.kill('SIGKILL')
    await worker.ended
    await ageHeartbeats()
    const door = await openWebDoor(store)
    const watch = openWorkerWatch({
      db: door.db,
      keys: null,
      actor: { kind: 'worker', workerId: 'web' },
    })
    await watch.look()
    // One that is only being started again is not told of.
    expect(await workerAlert('firing')).toBeNull()
    await watch.look()
    expect(await workerAlert('firing')).not.toBeNull()
    const [filed] = await store.db.select().from(deliveries)
    expect(filed).toMatchObject({ status: 'queued' })
    const again = startWorkerProcess()
    await untilState('alive')
    await watch.look()
    expect(await workerAlert('firing')).toBeNull()
    again.child.kill('SIGTERM')
    await again.ended
  })

  it('whose process goes on while its sending stands still says nothing more', async () => {
    const hold = postgres(store.url, { max: 1 })
    const running = await startWorker({
      url: store.url,
      keys: store.ctx.keys!,
      handlers: jobHandlers,
      workerId: 'stuck',
      pulseLimitsMs: { sending: 1_000 },
    })
    const seenAt = async () =>
      (await store.db.select().from(workerHeartbeats).where(eq(workerHeartbeats.workerId, 'stuck')))[0]!
        .seenAt
    const before = await seenAt()
    const begun = hold.begin(async (sql) => {
      await sql`lock table public.deliveries in access exclusive mode`
      await new Promise((resolve) => setTimeout(resolve, 7_000))
    })
    await begun
    const after = await seenAt()
    // The beat of the first seconds may have come through; the one after five seconds may not.
    expect(after.getTime() - before.getTime()).toBeLessThan(4_000)
    await running.stop()
    await hold.end()
  })
})
