import { and, asc, eq, gt, inArray, lt, lte, notInArray, or, type SQL, sql } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { type TimeLimits, timeLimitsOf } from '#lib/jobs/time-limits.ts'
import type { JobHandlers, JobKind, JobPhase, JobScope } from '#lib/jobs/types.ts'
import { log } from '#lib/log.ts'

/** How long a claim holds without a heartbeat. A killed worker's job is free again after this. */
const defaultLeaseSeconds = 30
const progressEveryMs = 500
const maximumAttempts = 3

export interface RunJobOptions {
  /** How long a claim holds without a heartbeat; the heartbeat comes four times as often. */
  leaseSeconds?: number
  /** Stops the work. With the reason `releasedWork` the run goes back to the queue for another process. */
  signal?: AbortSignal
  /** Instead of what its kind is allowed. */
  limits?: TimeLimits
}

/** The reason of a worker that is told to end: its work is not cancelled, only let go. */
export const releasedWork = (): AppError => new AppError('released', 'The worker was told to stop.')

/**
 * Takes the job run if nobody holds it. Returns null when it is done or held elsewhere.
 * The conditional update is the lock: of two workers one gets the row, with a higher fencing token.
 */
async function claim(ctx: Ctx, jobRunId: string, holder: string, leaseEnd: SQL) {
  const [row] = await ctx.db
    .update(jobRuns)
    .set({
      status: 'running',
      claimedBy: holder,
      fencingToken: sql`${jobRuns.fencingToken} + 1`,
      attempts: sql`${jobRuns.attempts} + 1`,
      leaseUntil: leaseEnd,
      startedAt: sql`coalesce(${jobRuns.startedAt}, now())`,
    })
    .where(
      and(
        eq(jobRuns.id, jobRunId),
        or(
          eq(jobRuns.status, 'queued'),
          and(eq(jobRuns.status, 'running'), lt(jobRuns.leaseUntil, sql`now()`)),
        ),
      ),
    )
    .returning()
  return row ?? null
}

/**
 * Claims a job run and does its work; returns false when another process has it or it is done.
 * Safe to call twice at once. The work's failure is recorded on the run, not thrown.
 */
export async function runJob(
  ctx: Ctx,
  handlers: JobHandlers,
  jobRunId: string,
  holder: string,
  { leaseSeconds = defaultLeaseSeconds, signal, limits }: RunJobOptions = {},
): Promise<boolean> {
  const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`
  const run = await claim(ctx, jobRunId, holder, leaseEnd)
  if (!run) return false

  const held = and(
    eq(jobRuns.id, run.id),
    eq(jobRuns.fencingToken, run.fencingToken),
    eq(jobRuns.status, 'running'),
  )
  const abort = new AbortController()
  const stop = () => abort.abort(signal?.reason)
  if (signal?.aborted) stop()
  else signal?.addEventListener('abort', stop, { once: true })
  const phases: JobPhase[] = []
  let writing: Promise<unknown> = Promise.resolve()
  let lastProgressAt = 0

  /** Writes to the run while it is ours; a lost lease aborts the work. Writes are queued, never concurrent. */
  const write = (values: Partial<typeof jobRuns.$inferInsert>): Promise<void> => {
    const next = writing.then(async () => {
      const rows = await ctx.db
        .update(jobRuns)
        .set({ ...values, leaseUntil: leaseEnd })
        .where(held)
        .returning({ cancelRequestedAt: jobRuns.cancelRequestedAt })
      if (rows.length === 0) abort.abort(new AppError('lease-lost', 'Another worker took this work over.'))
      else if (rows[0]!.cancelRequestedAt) abort.abort(new AppError('cancelled', 'Cancelled by a person.'))
      await announceChanges(ctx.db, ['jobs'])
    })
    writing = next.catch((error) => log.warn({ jobRunId, error: messageOf(error) }, 'job heartbeat failed'))
    return next
  }

  const endPhase = () => {
    const last = phases.at(-1)
    if (last && last.durationMs === null) last.durationMs = Date.now() - Date.parse(last.startedAt)
  }

  const scope: JobScope = {
    ctx,
    jobRunId: run.id,
    targetId: run.targetId,
    attempt: run.attempts,
    signal: abort.signal,
    async phase(name, total) {
      abort.signal.throwIfAborted()
      endPhase()
      phases.push({ name, startedAt: new Date().toISOString(), durationMs: null })
      await write({
        phase: name,
        progressDone: total === undefined ? null : 0,
        progressTotal: total ?? null,
        phases,
      })
    },
    progress(done, total) {
      if (Date.now() - lastProgressAt < progressEveryMs) return
      lastProgressAt = Date.now()
      void write({
        progressDone: Math.round(done),
        ...(total === undefined ? {} : { progressTotal: Math.round(total) }),
      }).catch(() => {})
    },
    async assertHeld() {
      await write({})
      abort.signal.throwIfAborted()
    },
  }

  const heartbeat = setInterval(() => void write({}).catch(() => {}), (leaseSeconds * 1000) / 4)
  let ending: Partial<typeof jobRuns.$inferInsert>
  let released = false
  try {
    if (run.attempts > maximumAttempts) {
      throw new AppError('gave-up', `Given up after ${maximumAttempts} attempts; a worker died on each.`)
    }
    const work = handlers[run.kind as JobKind](scope, run.payload as Record<string, unknown>)
    const result = await withinLimits(work, abort, limits ?? timeLimitsOf(run.kind as JobKind))
    ending = { status: 'succeeded', result: result ?? null }
  } catch (thrown) {
    const error = abort.signal.aborted ? (abort.signal.reason as unknown) : thrown
    const known = error instanceof AppError ? error : null
    released = known?.code === 'released'
    if (!known) log.error({ jobRunId, kind: run.kind, err: error }, 'job failed')
    ending = {
      status: known?.code === 'cancelled' ? 'cancelled' : 'failed',
      error: { code: known?.code ?? 'failed', message: messageOf(error), hint: known?.hint ?? null },
    }
  } finally {
    clearInterval(heartbeat)
    signal?.removeEventListener('abort', stop)
  }
  endPhase()
  await writing
  await ctx.db
    .update(jobRuns)
    .set(
      released
        ? { status: 'queued', phases, leaseUntil: sql`now()` }
        : { ...ending, phases, finishedAt: sql`now()`, leaseUntil: null },
    )
    .where(held)
  await announceChanges(ctx.db, ['jobs'])
  return true
}

/**
 * The work's result, or the reason for which it was stopped. Work that ignores the signal is given up after a while: it
 * may go on, but holds neither the run nor a place, and what it says later is not heard.
 */
async function withinLimits<T>(
  work: Promise<T>,
  abort: AbortController,
  { limitMs, graceMs }: TimeLimits,
): Promise<T> {
  const minutes = Math.max(Math.round(limitMs / 60_000), 1)
  const tooLong = new AppError(
    'took-too-long',
    `Stopped: it took longer than the ${minutes} min allowed to it.`,
    {
      hint: 'See in the log of the worker what it waited for, and ask for it again.',
    },
  )
  const timers = [setTimeout(() => abort.abort(tooLong), limitMs)]
  const givenUp = new Promise<never>((_, reject) => {
    const wait = () => {
      timers.push(setTimeout(() => reject(abort.signal.reason), graceMs))
    }
    if (abort.signal.aborted) wait()
    else abort.signal.addEventListener('abort', wait, { once: true })
  })
  try {
    return await Promise.race([work, givenUp])
  } finally {
    for (const timer of timers) clearTimeout(timer)
    // Of work that was given up, nobody else would hear the failure.
    work.catch(() => {})
  }
}

/** Runs that wait for a worker, oldest first: queued ones, and those whose worker is gone. */
export async function listWaitingJobRuns(
  ctx: Ctx,
  asked: {
    kinds: readonly JobKind[]
    diedOn: 'at most once' | 'more than once'
    limit: number
    /** What the caller has already. */
    except: readonly string[]
  },
): Promise<string[]> {
  const rows = await ctx.db
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(
      and(
        or(
          eq(jobRuns.status, 'queued'),
          and(eq(jobRuns.status, 'running'), lt(jobRuns.leaseUntil, sql`now()`)),
        ),
        inArray(jobRuns.kind, [...asked.kinds]),
        asked.diedOn === 'at most once' ? lte(jobRuns.attempts, 1) : gt(jobRuns.attempts, 1),
        asked.except.length > 0 ? notInArray(jobRuns.id, [...asked.except]) : undefined,
      ),
    )
    .orderBy(asc(jobRuns.createdAt))
    .limit(asked.limit)
  return rows.map((row) => row.id)
}
