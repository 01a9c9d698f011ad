import { lookEveryMs, openWorkerWatch } from '#lib/alerts/watch-worker.ts'
import { openSender } from '#lib/channels/open-sender.ts'
import type { Ctx } from '#lib/context.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { messageOf } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { log } from '#lib/log.ts'

export interface Watchman {
  stop(): Promise<void>
}

const sendEveryMs = 1_000

/**
 * Watches over the worker from the process that started it. While no worker lives it raises the alert about that and sends
 * what is due itself, because it is the one other process that holds the key.
 */
export function startWatchman(url: string, keys: KeyRing, everyMs = lookEveryMs): Watchman {
  const db = openDb(url, { applicationName: 'holdfast:watchman', maxConnections: 4 })
  const name = `watchman:${process.pid}`
  const ctx: Ctx = { db, keys, actor: { kind: 'worker', workerId: name } }
  const watch = openWorkerWatch(ctx)
  const sender = openSender(ctx, name)
  let isDead = false
  const look = async () => {
    isDead = (await watch.look()).state === 'dead'
  }
  const send = async () => {
    if (isDead) await sender.tick()
  }
  const loops = [repeat(everyMs, look), repeat(sendEveryMs, send)]
  return {
    async stop() {
      for (const end of loops) end()
      await sender.settle()
      await closeDb(db)
    },
  }
}

/** Again and again, one after the other; what fails is tried again. */
function repeat(everyMs: number, act: () => Promise<void>): () => void {
  let busy = false
  const timer = setInterval(async () => {
    if (busy) return
    busy = true
    try {
      await act()
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the watchman could not look')
    } finally {
      busy = false
    }
  }, everyMs)
  return () => clearInterval(timer)
}
