import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { controlDatabaseUrl, loadKeyRing } from '#lib/env.ts'
import { log } from '#lib/log.ts'
import { jobHandlers } from '#worker/jobs.ts'
import { startWorker } from '#worker/start-worker.ts'

const { values } = parseArgs({
  options: {
    /** How long a killed worker's claim holds. */
    'lease-seconds': { type: 'string' },
  },
})

const worker = await startWorker({
  url: controlDatabaseUrl(),
  keys: loadKeyRing(),
  handlers: jobHandlers,
  workerId: `${hostname()}:${process.pid}`,
  ...(values['lease-seconds'] ? { leaseSeconds: Number(values['lease-seconds']) } : {}),
})
log.info({ worker: worker.workerId }, 'worker started')
process.send?.('ready')

let draining = false
async function drain(why: string): Promise<void> {
  if (draining) return
  draining = true
  log.info({ worker: worker.workerId, why }, 'worker stops')
  await worker.stop()
  process.exit(0)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void drain(signal))
// The process that started this one is gone, and with it whoever could restart or stop it.
if (process.channel) process.on('disconnect', () => void drain('parent gone'))
process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'))
