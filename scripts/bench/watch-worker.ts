import { createKeyRing } from '#lib/keys.ts'
import { jobHandlers } from '#worker/jobs.ts'
import { startWorker } from '#worker/start-worker.ts'

// A whole worker process, as an installation has one: schedules, rounds, jobs and all.

const [url, key] = process.argv.slice(2)
const worker = await startWorker({
  url: url!,
  keys: createKeyRing(key!),
  handlers: jobHandlers,
  workerId: `bench:${process.pid}`,
})
process.on('disconnect', async () => {
  await worker.stop()
  process.exit()
})
process.send?.('ready')
