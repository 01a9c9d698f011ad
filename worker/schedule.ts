import { and, eq } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import type { Ctx } from '#lib/context.ts'
import { requestDriftComparison } from '#lib/drift/request-drift-comparison.ts'
import { messageOf, type Outcome } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { type Answer, answerDueRuns, type DueRun, listDueSchedules } from '#lib/jobs/answer-due-runs.ts'
import { lateMs } from '#lib/jobs/expected-runs.ts'
import { forgetOtherRuns, keepExpectedRuns } from '#lib/jobs/keep-expected-runs.ts'
import type { JobKind } from '#lib/jobs/types.ts'
import { log } from '#lib/log.ts'
import { requestPerformance } from '#lib/performance/request-performance.ts'
import type { Policy } from '#lib/targets/policy.ts'
import { getPolicy, listTargets } from '#lib/targets/queries.ts'
import type { Target } from '#lib/targets/types.ts'

type ScheduleName = keyof Policy['schedules']

interface ScheduleRule {
  kind: JobKind
  /** What becomes of runs that came due while no worker was there: none, or the latest one. */
  missed: 'skip' | 'once'
  /** Whether this policy calls for it at all. */
  wanted?: (policy: Policy, target: Target) => boolean
  /**
   * Two schedules of one kind of job may mean the same minute; one of them is kept this far apart from the other,
   * because kind, target and instant make an occurrence once.
   */
  apartMs?: number
  /** The verb that files the work. `scheduledFor` makes it once per occurrence, however many workers file it. */
  request(ctx: Ctx, target: Target, scheduledFor: Date): Promise<Outcome<{ jobRunId: string }>>
}

/** The schedule on one screen: which of a policy's schedules files what. */
export const scheduleRules: Record<ScheduleName, ScheduleRule> = {
  // A minute that was missed says nothing once the next one was looked at.
  health: {
    kind: 'health.run',
    missed: 'skip',
    request: (ctx, { id }, scheduledFor) => requestHealth(ctx, { targetId: id, scheduledFor }),
  },
  performance: {
    kind: 'performance.measure',
    missed: 'skip',
    // A policy without probes has nothing to measure; that is not an event.
    wanted: (policy) => policy.probes.length > 0,
    request: (ctx, { id }, scheduledFor) => requestPerformance(ctx, { targetId: id, scheduledFor }),
  },
  snapshot: {
    kind: 'backups.take',
    missed: 'once',
    // Snapshots are of protected tables, within the target; Holdfast's own database is only archived.
    wanted: (policy, { kind }) => policy.protectedTables.length > 0 && kind === 'application',
    request: (ctx, { name }, scheduledFor) =>
      requestBackup(ctx, { target: name, kind: 'snapshot', purpose: 'scheduled', scheduledFor }),
  },
  archive: {
    kind: 'backups.take',
    missed: 'once',
    apartMs: 1,
    request: (ctx, { name }, scheduledFor) =>
      requestBackup(ctx, { target: name, kind: 'archive', purpose: 'scheduled', scheduledFor }),
  },
  drill: {
    kind: 'drills.run',
    missed: 'once',
    request: (ctx, { name }, scheduledFor) => requestDrill(ctx, { target: name, scheduledFor }),
  },
  drift: {
    kind: 'drift.compare',
    missed: 'once',
    // A policy without mirrors has nothing to compare; that is not an event.
    wanted: (policy, { kind }) => policy.mirrors.length > 0 && kind === 'application',
    request: (ctx, { name }, scheduledFor) => requestDriftComparison(ctx, { target: name, scheduledFor }),
  },
}

const isSchedule = (name: string): name is ScheduleName => Object.hasOwn(scheduleRules, name)

/** Writes down what the policies in force call for, before it is due. Safe to repeat, from any number of workers. */
export async function planRuns(ctx: Ctx): Promise<void> {
  const targets = await listTargets(ctx.db)
  for (const target of targets) {
    try {
      const { document, appliedAt } = await getPolicy(ctx.db, target.id)
      const wanted = Object.entries(scheduleRules)
        .filter(([, rule]) => rule.wanted?.(document, target) !== false)
        .map(([schedule, { missed }]) => ({
          schedule,
          cron: document.schedules[schedule as ScheduleName],
          timeZone: document.timeZone,
          since: appliedAt,
          fast: missed === 'skip',
        }))
      await keepExpectedRuns(ctx.db, target.id, wanted)
    } catch (error) {
      log.error({ target: target.name, error: messageOf(error) }, 'the schedules of a policy cannot be kept')
    }
  }
  await forgetOtherRuns(
    ctx.db,
    targets.map(({ id }) => id),
  )
}

/** Files the work that is due by now, once per occurrence however many workers do this. Safe to repeat. */
export async function fileDueRuns(ctx: Ctx): Promise<void> {
  for (const due of await listDueSchedules(ctx.db)) {
    try {
      await answerDueRuns(ctx, due, fileRun)
    } catch (error) {
      log.error({ ...due, error: messageOf(error) }, 'scheduled work could not be filed; it is tried again')
    }
  }
}

/** A run that is due became work, was refused, or is too late to say anything. */
async function fileRun(ctx: Ctx, { targetId, schedule, dueAt, lateByMs }: DueRun): Promise<Answer> {
  const target = (await listTargets(ctx.db)).find(({ id }) => id === targetId)
  if (!target || !isSchedule(schedule)) return { status: 'skipped' }
  const rule = scheduleRules[schedule]
  if (rule.missed === 'skip' && lateByMs > lateMs) return { status: 'skipped' }
  const scheduledFor = new Date(dueAt.getTime() + (rule.apartMs ?? 0))
  const [known] = await ctx.db
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.kind, rule.kind),
        eq(jobRuns.targetId, targetId),
        eq(jobRuns.scheduledFor, scheduledFor),
      ),
    )
  if (known) return { status: 'filed', jobRunId: known.id }
  const outcome = await rule.request(ctx, target, scheduledFor)
  if (outcome.ok) return { status: 'filed', jobRunId: outcome.value.jobRunId }
  const refusedBecause = outcome.refusal.reason
  log.warn({ target: target.name, schedule, refusedBecause }, 'scheduled work was refused')
  return { status: 'refused', refusedBecause }
}
