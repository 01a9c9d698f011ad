import type { Backup } from '#lib/backups/types.ts'

export interface CoveredDay {
  /** `2026-03-04`, in UTC. */
  day: string
  state: 'good' | 'partial' | 'failed' | 'none'
  label: string
}

const dayMs = 86_400_000
const dayOf = (at: Date): string => at.toISOString().slice(0, 10)

const count = (many: number, noun: string): string => `${many} ${noun}${many === 1 ? '' : 's'}`

type Shown = Pick<Backup, 'kind' | 'status' | 'createdAt'>

function describe(ofDay: readonly Shown[]): Omit<CoveredDay, 'day'> {
  // An expired one was good on its day.
  const good = ofDay.filter(({ status }) => status === 'good' || status === 'expired')
  const archives = good.filter(({ kind }) => kind === 'archive').length
  const snapshots = good.length - archives
  const failed = ofDay.filter(({ status }) => status === 'failed').length
  const suspicious = ofDay.filter(({ status }) => status === 'suspicious').length
  const parts = [
    archives > 0 ? count(archives, 'archive') : null,
    snapshots > 0 ? count(snapshots, 'snapshot') : null,
    suspicious > 0 ? `${suspicious} suspicious` : null,
    failed > 0 ? `${failed} failed` : null,
  ].filter((part) => part !== null)
  const state =
    archives > 0 ? 'good' : snapshots + suspicious > 0 ? 'partial' : failed > 0 ? 'failed' : 'none'
  return { state, label: parts.length > 0 ? parts.join(', ') : 'nothing' }
}

/** The last days, oldest first: covered by an archive, partly covered (only by what lies in the target), failed, nothing. */
export function coverDays(backups: readonly Shown[], now: Date, days: number): CoveredDay[] {
  const byDay = Map.groupBy(backups, ({ createdAt }) => dayOf(createdAt))
  return Array.from({ length: days }, (_, i) => {
    const day = dayOf(new Date(now.getTime() - (days - 1 - i) * dayMs))
    return { day, ...describe(byDay.get(day) ?? []) }
  })
}
