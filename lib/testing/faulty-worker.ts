// A worker as a process of its own, whose every handler does what the payload says: note that it ran, end the process, or
// never return. Arguments: how long a claim holds, and how long a run may take, in seconds.
import { controlDatabaseUrl, loadKeyRing } from '#lib/env.ts'
import { type JobHandler, type JobHandlers, jobKinds } from '#lib/jobs/types.ts'
import { startWorker } from '#worker/start-worker.ts'

const [leaseSeconds, limitSeconds] = process.argv.slice(2).map(Number)

const obey: JobHandler = async (scope, { act, ms }) => {
  if (act === 'die') process.kill(process.pid, 'SIGKILL')
  if (act === 'hang') await new Promise(() => {})
  if (typeof ms === 'number') await new Promise((resolve) => setTimeout(resolve, ms))
  await scope.ctx.db.$client`insert into done_work (job_run_id) values (${scope.jobRunId})`
  return { done: true }
}

const worker = await startWorker({
  url: controlDatabaseUrl(),
  keys: loadKeyRing(),
  handlers: Object.fromEntries(jobKinds.map((kind) => [kind, obey])) as JobHandlers,
  workerId: `faulty:${process.pid}`,
  leaseSeconds: leaseSeconds!,
  limits: { limitMs: limitSeconds! * 1_000, graceMs: 500 },
})
process.on('SIGTERM', () => void worker.stop().then(() => process.exit(0)))
