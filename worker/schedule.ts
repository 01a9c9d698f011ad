import type { JobWithMetadata, PgBoss } from 'pg-boss'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { requestDrill } from '#lib/backups/request-drill.ts'
import type { Ctx } from '#lib/context.ts'
import { messageOf, type Outcome } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { latestOccurrence } from '#lib/jobs/occurrence.ts'
import { scheduleQueue } from '#lib/jobs/queue.ts'
import { recordScheduleFire } from '#lib/jobs/schedule-fires.ts'
import { log } from '#lib/log.ts'
import { requestPerformance } from '#lib/performance/request-performance.ts'
import type { Policy } from '#lib/targets/policy.ts'
import { getPolicy, listTargets } from '#lib/targets/queries.ts'
import type { Target } from '#lib/targets/types.ts'

type ScheduleName = keyof Policy['schedules']

interface ScheduleRule {
  /** What becomes of fires that came due while no worker ran: none, or the latest one. */
  missed: 'skip' | 'once'
  /** Whether this policy calls for it at all. */
  wanted?: (policy: Policy) => boolean
  /**
   * Two schedules of one kind of job may mean the same minute; one of them is kept this far apart from the other,
   * because kind, target and instant make an occurrence once.
   */
  apartMs?: number
  /** The verb that files the work. `scheduledFor` makes it once per occurrence, however many workers fire it. */
  request(ctx: Ctx, target: Target, scheduledFor: Date): Promise<Outcome<unknown>>
}

/** The schedule on one screen: which of a policy's schedules files what. */
export const scheduleRules: Record<ScheduleName, ScheduleRule> = {
  // A minute that was missed says nothing once the next one was looked at.
  health: {
    missed: 'skip',
    request: (ctx, { id }, scheduledFor) => requestHealth(ctx, { targetId: id, scheduledFor }),
  },
  performance: {
    missed: 'skip',
    // A policy without probes has nothing to measure; that is not an event.
    wanted: (policy) => policy.probes.length > 0,
    request: (ctx, { id }, scheduledFor) => requestPerformance(ctx, { targetId: id, scheduledFor }),
  },
  snapshot: {
    missed: 'once',
    request: (ctx, { name }, scheduledFor) =>
      requestBackup(ctx, { target: name, kind: 'snapshot', purpose: 'scheduled', scheduledFor }),
  },
  archive: {
    missed: 'once',
    apartMs: 1,
    request: (ctx, { name }, scheduledFor) =>
      requestBackup(ctx, { target: name, kind: 'archive', purpose: 'scheduled', scheduledFor }),
  },
  drill: {
    missed: 'once',
    request: (ctx, { name }, scheduledFor) => requestDrill(ctx, { target: name, scheduledFor }),
  },
}

interface Fire {
  targetId: string
  schedule: ScheduleName
}

const keyOf = ({ schedule, targetId }: Fire): string => `${schedule}.${targetId}`

/**
 * Makes the queue's schedules those of the policies in force: adds, changes and drops what differs. Safe to repeat,
 * from any number of workers.
 */
export async function syncSchedules(ctx: Ctx, boss: PgBoss): Promise<void> {
  const wanted = new Map<string, { fire: Fire; cron: string; tz: string; missed: 'skip' | 'once' }>()
  for (const target of await listTargets(ctx.db)) {
    const { document } = await getPolicy(ctx.db, target.id)
    for (const [name, rule] of Object.entries(scheduleRules)) {
      if (rule.wanted?.(document) === false) continue
      const fire: Fire = { targetId: target.id, schedule: name as ScheduleName }
      const cron = document.schedules[fire.schedule]
      wanted.set(keyOf(fire), { fire, cron, tz: document.timeZone, missed: rule.missed })
    }
  }
  for (const known of await boss.getSchedules(scheduleQueue)) {
    const want = wanted.get(known.key)
    if (!want) await boss.unschedule(scheduleQueue, known.key)
    else if (known.cron === want.cron && known.timezone === want.tz) wanted.delete(known.key)
  }
  for (const [key, { fire, cron, tz, missed }] of wanted) {
    try {
      await boss.schedule(scheduleQueue, cron, fire, { key, tz, missed, retryLimit: 3, expireInSeconds: 60 })
    } catch (error) {
      log.error({ ...fire, cron, tz, error: messageOf(error) }, 'a schedule of a policy cannot be kept')
    }
  }
}

/** Files the work that a schedule asks for. A fire that was already answered by another worker does nothing. */
export async function fireSchedule(ctx: Ctx, fire: Fire, firedAt: Date): Promise<void> {
  const rule = scheduleRules[fire.schedule]
  const target = (await listTargets(ctx.db)).find(({ id }) => id === fire.targetId)
  if (!rule || !target) return
  const { document } = await getPolicy(ctx.db, fire.targetId)
  const scheduledFor =
    latestOccurrence(document.schedules[fire.schedule], document.timeZone, firedAt) ?? firedAt
  let refusedBecause: string | null = null
  try {
    const outcome = await rule.request(ctx, target, new Date(scheduledFor.getTime() + (rule.apartMs ?? 0)))
    if (!outcome.ok) refusedBecause = outcome.refusal.reason
  } catch (error) {
    if (!isAlreadyFiled(error)) throw error
  }
  if (refusedBecause) log.warn({ ...fire, refusedBecause }, 'scheduled work was refused')
  await recordScheduleFire(ctx.db, { ...fire, scheduledFor, refusedBecause })
}

/** The unique index over kind, target and minute refused a second row for the same occurrence. */
function isAlreadyFiled(error: unknown): boolean {
  const cause = (error instanceof Error && error.cause ? error.cause : error) as {
    code?: string
    constraint_name?: string
  }
  return cause.code === '23505' && cause.constraint_name === 'job_runs_kind_target_id_scheduled_for_idx'
}

/** Answers the schedule's fires for as long as the queue is open. */
export async function workSchedule(ctx: Ctx, boss: PgBoss): Promise<void> {
  const options = { includeMetadata: true, pollingIntervalSeconds: 5 } as const
  await boss.work(scheduleQueue, options, async (jobs: JobWithMetadata<Fire>[]) => {
    for (const job of jobs) await fireSchedule(ctx, job.data, job.createdOn)
  })
}
