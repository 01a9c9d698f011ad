import { hostname } from 'node:os'
import type { Door } from '#cli/door.ts'
import { AppError } from '#lib/errors.ts'
import { cancelJob } from '#lib/jobs/cancel-job.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobRun } from '#lib/jobs/types.ts'

const lookEveryMs = 250
const ended = new Set(['succeeded', 'failed', 'cancelled'])

/**
 * Does a job in this process under the same lease as a worker's, or waits for the process that has it. Phases go to
 * stderr. Ctrl-C asks for its end and waits for that. Throws the run's error when it failed or was cancelled.
 */
export async function doJob(door: Door, jobRunId: string): Promise<JobRun> {
  const holder = `cli:${hostname()}:${process.pid}`
  const worker = { ...door.ctx, actor: { kind: 'worker' as const, workerId: holder } }
  const interrupted = new AbortController()
  const interrupt = () => {
    door.say('Stopping; the work is being cancelled.')
    interrupted.abort(new AppError('cancelled', 'Cancelled at the terminal.'))
    void cancelJob(door.ctx, { jobRunId }).catch(() => {})
  }
  process.once('SIGINT', interrupt)
  // All the work that there is; loaded by the commands that do some.
  const { jobHandlers } = await import('#worker/jobs.ts')
  const show = phaseTeller(door)
  try {
    let ours: Promise<boolean> | null = null
    for (;;) {
      ours ??= runJob(worker, jobHandlers, jobRunId, holder, { signal: interrupted.signal }).then((did) => {
        // Not ours: ask again at the next look, in case the process that has it dies.
        if (!did) ours = null
        return did
      })
      await Promise.race([ours, new Promise((resolve) => setTimeout(resolve, lookEveryMs))])
      const run = await getJobRun(door.ctx.db, jobRunId)
      show(run)
      if (ended.has(run.status)) return requireSuccess(run)
      if (!ours) await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
  } finally {
    process.off('SIGINT', interrupt)
  }
}

function requireSuccess(run: JobRun): JobRun {
  if (run.status === 'succeeded') return run
  const error = run.error ?? { code: run.status, message: `The work was ${run.status}.`, hint: null }
  throw new AppError(error.code, error.message, { kind: kindOf(error.code), hint: error.hint })
}

const kindOf = (code: string) =>
  code === 'refused' || code.endsWith('-refused') ? ('refused' as const) : ('failed' as const)

/** Tells each new phase once, and counts at most once a second; on a terminal counts share a line. */
function phaseTeller(door: Door): (run: JobRun) => void {
  let told = 0
  let lastCountAt = 0
  let lastCount = ''
  return (run) => {
    for (; told < run.phases.length; told++) {
      const phase = run.phases[told]!
      const before = run.phases[told - 1]
      door.say(`${before ? '' : `${run.kind}: `}${phase.name} …`)
      lastCount = ''
    }
    if (run.progressDone === null || Date.now() - lastCountAt < 1000) return
    const count = `${run.progressDone}${run.progressTotal === null ? '' : ` of ${run.progressTotal}`}`
    if (count === lastCount || run.progressDone === 0) return
    lastCount = count
    lastCountAt = Date.now()
    door.say(`  ${run.phase ?? ''} ${count}`)
  }
}
