import type { BackupKind, BackupStatus, Verification } from '#lib/backups/types.ts'
import { countOf } from '#lib/format/format-count.ts'
import { addDays, dayIn } from '#lib/format/zoned-day.ts'

/**
 * The best that a day has, from an archive that a drill has proven down to a run that nobody started. `partial`: only
 * copies within the database, which die with it. `before`: the target was not under protection yet.
 */
export type DayState = 'proven' | 'good' | 'partial' | 'suspicious' | 'failed' | 'missed' | 'none' | 'before'

export interface CoveredDay {
  /** `2026-03-04`, in the policy's time zone. */
  day: string
  state: DayState
  /** Something of the day failed, shrank or was never run, although the day is covered. */
  trouble: boolean
  label: string
}

/** So many backups of one kind and outcome, taken on one day. */
export interface TakenOnDay {
  day: string
  kind: BackupKind
  status: BackupStatus
  verification: Verification | null
  /** It has an error: one that is gone by now was not good on its day. */
  bad: boolean
  count: number
}

export interface MissedOnDay {
  day: string
  count: number
}

type Outcome = 'proven' | 'good' | 'suspicious' | 'failed' | 'under-way'

function outcomeOf({ status, verification, bad }: TakenOnDay): Outcome {
  if (status === 'queued' || status === 'running') return 'under-way'
  if (status === 'suspicious') return 'suspicious'
  if (status === 'failed' || (status !== 'good' && bad)) return 'failed'
  return verification === 'facts-proven' ? 'proven' : 'good'
}

function describe(taken: readonly TakenOnDay[], missed: number): Omit<CoveredDay, 'day'> {
  const count = (kind: BackupKind | null, ...outcomes: Outcome[]) =>
    taken
      .filter((one) => (kind === null || one.kind === kind) && outcomes.includes(outcomeOf(one)))
      .reduce((sum, one) => sum + one.count, 0)
  const proven = count('archive', 'proven')
  const archives = count('archive', 'proven', 'good')
  const snapshots = count('snapshot', 'proven', 'good')
  const suspicious = count(null, 'suspicious')
  const failed = count(null, 'failed')
  const state: DayState =
    proven > 0
      ? 'proven'
      : archives > 0
        ? 'good'
        : count('archive', 'suspicious') > 0
          ? 'suspicious'
          : snapshots > 0
            ? 'partial'
            : suspicious > 0
              ? 'suspicious'
              : failed > 0
                ? 'failed'
                : missed > 0
                  ? 'missed'
                  : 'none'
  const parts = [
    archives > 0 ? `${countOf(archives, 'archive')}${proven > 0 ? ` (${proven} proven)` : ''}` : null,
    snapshots > 0 ? countOf(snapshots, 'snapshot') : null,
    suspicious > 0 ? `${suspicious} suspicious` : null,
    failed > 0 ? `${failed} failed` : null,
    missed > 0 ? `${missed} missed` : null,
  ].filter((part) => part !== null)
  const covered = state === 'proven' || state === 'good' || state === 'partial'
  return {
    state,
    trouble: covered && suspicious + failed + missed > 0,
    label: parts.length > 0 ? parts.join(', ') : 'nothing',
  }
}

/** The days up to today of a time zone, oldest first. */
export const lastDays = (now: Date, days: number, timeZone: string): string[] => {
  const today = dayIn(now, timeZone)
  return Array.from({ length: days }, (_, index) => addDays(today, index - days + 1))
}

/** Each of the days with the best that was taken on it, and with what went wrong. */
export function coverDays(
  days: readonly string[],
  taken: readonly TakenOnDay[],
  missed: readonly MissedOnDay[],
  { protectedSince }: { protectedSince: string },
): CoveredDay[] {
  const takenBy = Map.groupBy(taken, ({ day }) => day)
  const missedBy = new Map(missed.map(({ day, count }) => [day, count]))
  return days.map((day) => {
    const described = describe(takenBy.get(day) ?? [], missedBy.get(day) ?? 0)
    return described.state === 'none' && day < protectedSince
      ? { day, state: 'before', trouble: false, label: 'not protected yet' }
      : { day, ...described }
  })
}
