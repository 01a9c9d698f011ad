import { getDb } from '#app/_web/db.ts'
import { liveHub } from '#app/_web/live-hub.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'

const held = globalThis as typeof globalThis & {
  holdfastWatchesEnd?: boolean
  holdfastWatchesWorkers?: boolean
}

const unattendedEveryMs = 60_000

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

/** While no worker lives this process evaluates the alerts, so that work which does not run is told of. */
export function watchForWorkers(): void {
  if (held.holdfastWatchesWorkers) return
  held.holdfastWatchesWorkers = true
  const look = async () => {
    const { evaluateUnattended } = await import('#lib/alerts/evaluate-unattended.ts')
    await evaluateUnattended({ db: getDb(), keys: null, actor: { kind: 'worker', workerId: 'web' } })
  }
  setInterval(() => {
    look().catch((error) => log.warn({ error: messageOf(error) }, 'alerts could not be evaluated'))
  }, unattendedEveryMs).unref()
}
