import { getDb } from '#app/_web/db.ts'
import { liveHub } from '#app/_web/live-hub.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'

const held = globalThis as typeof globalThis & {
  holdfastWatchesEnd?: boolean
  holdfastWatchesWorkers?: boolean
}

/**
 * Ends open event streams when the process is told to stop (Next waits for open responses without limit),
 * and ends the process when the one that started it is gone.
 */
export function watchForTheEnd(): void {
  if (held.holdfastWatchesEnd) return
  held.holdfastWatchesEnd = true
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => liveHub().end())
  if (process.channel) process.once('disconnect', () => process.exit(0))
}

/** While no worker lives this process says so, and evaluates the alerts: work which does not run is told of. */
export async function watchForWorkers(): Promise<void> {
  if (held.holdfastWatchesWorkers) return
  held.holdfastWatchesWorkers = true
  const { lookEveryMs, openWorkerWatch } = await import('#lib/alerts/watch-worker.ts')
  const watch = openWorkerWatch({ db: getDb(), keys: null, actor: { kind: 'worker', workerId: 'web' } })
  let busy = false
  const look = async () => {
    if (busy) return
    busy = true
    await watch.look().finally(() => {
      busy = false
    })
  }
  setInterval(() => {
    look().catch((error) => log.warn({ error: messageOf(error) }, 'nobody could look after the worker'))
  }, lookEveryMs).unref()
}
