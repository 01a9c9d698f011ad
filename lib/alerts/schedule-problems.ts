import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import type { ScheduleFact } from './archive-types.ts'
import type { AlertFacts, Judgement, Problem } from './types.ts'

/** What is due is answered within seconds, and begun within minutes unless all places are taken. */
const answeredWithinMs = 5 * 60_000
const begunWithinMs = 60 * 60_000

const noun: Record<string, string> = { archive: 'archive', snapshot: 'snapshot', drill: 'drill' }
const at = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`

const wasInTime = ({ status, dueAt, answeredAt }: ScheduleFact): boolean =>
  status === 'filed' && answeredAt !== null && answeredAt.getTime() - dueAt.getTime() <= answeredWithinMs

/** A run that was caught up with and succeeded: nothing is missing any more. */
const isCaughtUp = ({ status, jobStatus }: ScheduleFact): boolean =>
  status === 'filed' && jobStatus === 'succeeded'

/**
 * Runs that never ran: what was written down as expected and is late, was skipped because nobody was there, was refused, or
 * waits and waits. A later run in time, or one that caught up, ends it.
 */
export function judgeSchedules({ schedulesDue, now, targetName }: AlertFacts): Judgement {
  const problems: Problem[] = []
  for (const [schedule, runs] of Map.groupBy(schedulesDue, (run) => run.schedule)) {
    const what = noun[schedule] ?? schedule
    // Newest first: what lies before a run that was in time, or was caught up with, is history.
    const end = runs.findIndex((run) => wasInTime(run) || isCaughtUp(run))
    const open = end < 0 ? runs : runs.slice(0, end)
    const missed = open.filter(
      (run) =>
        run.status === 'skipped' ||
        (run.status === 'filed' && !wasInTime(run)) ||
        (run.status === 'expected' && now.getTime() - run.dueAt.getTime() > answeredWithinMs),
    )
    const first = missed.at(-1)
    const newest = missed[0]
    if (first && newest) {
      problems.push({
        fingerprint: `schedule:missed:${schedule}`,
        title: `A scheduled ${what} never ran`,
        details:
          missed.length === 1
            ? `The ${what} of ${targetName} that was due at ${at(first.dueAt)} did not run.`
            : `${missed.length} scheduled runs of ${targetName} did not run, the first due at ${at(first.dueAt)}, the last at ${at(newest.dueAt)}.`,
        remedy: 'Check that a worker is running: holdfast doctor',
        severity: schedule === 'archive' ? 'CRITICAL' : 'WARNING',
        seenAt: newest.dueAt,
      })
    }
    const last = runs.find((run) => run.status !== 'expected')
    if (last?.status === 'refused') {
      problems.push({
        fingerprint: `schedule:refused:${schedule}`,
        title: `A scheduled ${what} was refused`,
        details: `The ${what} of ${targetName} that was due at ${at(last.dueAt)}: ${last.refusedBecause}`,
        remedy:
          schedule === 'drill' ? `holdfast drills run ${targetName}` : `holdfast backups take ${targetName}`,
        severity: 'WARNING',
        seenAt: last.dueAt,
      })
    }
    const waitingMs = last ? now.getTime() - last.dueAt.getTime() : 0
    if (last?.status === 'filed' && last.jobStatus === 'queued' && waitingMs > begunWithinMs) {
      problems.push({
        fingerprint: `schedule:waiting:${schedule}`,
        title: `A scheduled ${what} does not begin`,
        details: `The ${what} of ${targetName} that was due at ${at(last.dueAt)} has waited for ${formatDistanceStrict(last.dueAt, now)}.`,
        remedy: 'See what the workers do: holdfast doctor',
        severity: 'WARNING',
        seenAt: last.dueAt,
      })
    }
  }
  return { problems, unknown: [] }
}
