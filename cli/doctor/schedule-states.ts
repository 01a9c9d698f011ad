import type { Ctx } from '#lib/context.ts'
import { getScheduleState, type ScheduleState } from '#lib/jobs/expected-runs.ts'
import { getPolicy, listTargets } from '#lib/targets/queries.ts'
import { scheduleRules } from '#worker/schedule.ts'

export interface NamedScheduleState extends ScheduleState {
  target: string
  schedule: string
  cron: string
}

const dayMs = 86_400_000

/** What each schedule of each policy did in the last day, or since its policy was applied. */
export async function listScheduleStates({ db }: Ctx, now: Date): Promise<NamedScheduleState[]> {
  const states: NamedScheduleState[] = []
  for (const target of await listTargets(db)) {
    const { document, appliedAt } = await getPolicy(db, target.id)
    const since = new Date(Math.max(now.getTime() - dayMs, appliedAt.getTime()))
    for (const [schedule, { wanted }] of Object.entries(scheduleRules)) {
      if (wanted?.(document, target) === false) continue
      const cron = document.schedules[schedule as keyof typeof document.schedules]
      const rule = { targetId: target.id, schedule, cron, timeZone: document.timeZone }
      states.push({ target: target.name, schedule, cron, ...(await getScheduleState(db, rule, since, now)) })
    }
  }
  return states
}
