import type { CheckState } from '#lib/health/queries.ts'
import type { AnyCheck } from '#lib/health/types.ts'

const minuteMs = 60_000

/** A run comes a little early or late; an hourly check is not put off by a minute for that. */
const slackMs = 30_000

/**
 * Which checks a run does, and which last findings still stand. A check with `everyMinutes` waits until its finding is so
 * old; one that had no data is tried again on every run, and a run that somebody asked for does everything. Pure.
 */
export function splitDueChecks<State extends Pick<CheckState, 'check' | 'status' | 'checkedAt'>>(
  checks: readonly AnyCheck[],
  states: readonly State[],
  { now, all }: { now: Date; all: boolean },
): { due: AnyCheck[]; standing: State[] } {
  const last = new Map(states.map((state) => [state.check, state]))
  const stands = (check: AnyCheck): boolean => {
    const everyMinutes = 'everyMinutes' in check ? check.everyMinutes : undefined
    const state = last.get(check.check)
    if (all || everyMinutes === undefined || !state || state.status === 'no-data') return false
    return now.getTime() - state.checkedAt.getTime() < everyMinutes * minuteMs - slackMs
  }
  return {
    due: checks.filter((check) => !stands(check)),
    standing: checks.filter(stands).map(({ check }) => last.get(check)!),
  }
}
