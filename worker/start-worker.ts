import { beatOutside } from '#lib/channels/beat-outside.ts'
import { openSender } from '#lib/channels/open-sender.ts'
import type { Ctx } from '#lib/context.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { isReadOnly, leaveReadOnlyServer } from '#lib/db/leave-read-only-server.ts'
import { assertStoreVersion } from '#lib/db/migrate-db.ts'
import { messageOf } from '#lib/errors.ts'
import { beatWorker, forgetWorker } from '#lib/jobs/beat-worker.ts'
import { openWorkerQueue, wakeUpQueue } from '#lib/jobs/queue.ts'
import { releasedWork, runJob } from '#lib/jobs/run-job.ts'
import type { TimeLimits } from '#lib/jobs/time-limits.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import type { KeyRing } from '#lib/keys.ts'
import { log } from '#lib/log.ts'
import { makePulse, pulseLimitsMs } from '#worker/pulse.ts'
import { goRounds, pause, rounds } from '#worker/rounds.ts'
import { fileDueRuns } from '#worker/schedule.ts'
import { makeWorkTaking } from '#worker/take-work.ts'

export interface WorkerOptions {
  url: string
  keys: KeyRing
  handlers: JobHandlers
  workerId: string
  leaseSeconds?: number
  /** How long any run may take, instead of what its kind is allowed. */
  limits?: TimeLimits
  /** How long each part may stand still before the worker counts as dead. */
  pulseLimitsMs?: Readonly<Record<string, number>>
}

export interface RunningWorker {
  workerId: string
  /** Takes no more work, lets what runs finish for a while, then gives it back to the queue. */
  stop(): Promise<void>
}

const beatEveryMs = 5000
const sweepEveryMs = 5000
const fileEveryMs = 2000
const sendEveryMs = 1000
const finishWithinMs = 8000
const giveBackWithinMs = 4000

/** Starts one worker: wakes up for requested work, keeps the schedules, sweeps up abandoned work, does the rounds. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { url, keys, handlers, workerId } = options
  await assertStoreVersion(url)
  const db = openDb(url, { applicationName: 'holdfast:worker', maxConnections: 20 })
  const ctx: Ctx = { db, keys, actor: { kind: 'worker', workerId } }
  const ending = new AbortController()
  const release = new AbortController()
  const { fill, running } = makeWorkTaking(ctx, ending.signal, (jobRunId) =>
    runJob(ctx, handlers, jobRunId, workerId, {
      signal: release.signal,
      ...(options.leaseSeconds ? { leaseSeconds: options.leaseSeconds } : {}),
      ...(options.limits ? { limits: options.limits } : {}),
    }),
  )

  const boss = await openWorkerQueue(url)
  boss.on('error', (error) => log.warn({ error: messageOf(error) }, 'queue trouble'))
  await beatWorker(db, workerId, 0)
  // A wake-up says that there is work, not which: the oldest is taken, and no message waits for a place.
  await boss.work(wakeUpQueue, { localConcurrency: 2, batchSize: 50, pollingIntervalSeconds: 2 }, fill)

  const pulse = makePulse(options.pulseLimitsMs ?? pulseLimitsMs)
  const sender = openSender(ctx, workerId)
  const beat = async () => {
    const stuck = pulse.stuck()
    if (stuck.length > 0) {
      log.error({ worker: workerId, stuck }, 'the worker stands still and says nothing more')
      return
    }
    await beatWorker(db, workerId, running.size)
    // A service out there that is slow must not make us look dead here.
    void beatOutside(ctx).catch((error) => log.warn({ error: messageOf(error) }, 'heartbeat trouble'))
  }
  const repeat = async (everyMs: number, name: string, act: () => Promise<unknown>) => {
    while (!ending.signal.aborted) {
      await act().catch(async (error) => {
        log.warn({ name, error: messageOf(error) }, 'worker trouble')
        if (isReadOnly(error)) await leaveReadOnlyServer(db)
      })
      await pause(everyMs, ending.signal)
    }
  }
  const loops = Promise.all([
    repeat(beatEveryMs, 'heartbeat', beat),
    repeat(fileEveryMs, 'schedules', async () => {
      await fileDueRuns(ctx)
      pulse.mark('schedules')
    }),
    repeat(sendEveryMs, 'sending', async () => {
      await sender.tick()
      pulse.mark('sending')
    }),
    repeat(sweepEveryMs, 'sweep', fill),
    goRounds(ctx, ending.signal, rounds, pulse),
  ])

  return {
    workerId,
    async stop() {
      ending.abort()
      const settled = () => Promise.allSettled([...running.values(), sender.settle()])
      await Promise.race([settled(), pause(finishWithinMs, new AbortController().signal)])
      release.abort(releasedWork())
      await Promise.race([settled(), pause(giveBackWithinMs, new AbortController().signal)])
      await boss.stop({ graceful: false, close: true }).catch(() => {})
      await Promise.race([loops, pause(2000, new AbortController().signal)])
      await forgetWorker(db, workerId).catch(() => {})
      await closeDb(db)
    },
  }
}
