import { openDb } from '#lib/db/client.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import { createKeyRing } from '#lib/keys.ts'
import { jobHandlers } from '#worker/jobs.ts'

// A worker that does the jobs it is sent, and answers with the milliseconds each took: all that a worker loads is loaded.

const [url, key] = process.argv.slice(2)
const workerId = `bench:${process.pid}`
const db = openDb(url!, { applicationName: workerId })
const ctx = { db, keys: createKeyRing(key!), actor: { kind: 'worker' as const, workerId } }

process.on('message', async (jobRunId) => {
  const begun = performance.now()
  await runJob(ctx, jobHandlers, String(jobRunId), workerId)
  process.send?.(performance.now() - begun)
})
process.on('disconnect', () => process.exit())
process.send?.(0)
