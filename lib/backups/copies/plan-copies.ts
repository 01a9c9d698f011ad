/** What is known of an archive and of one store that the policy names. */
export interface CopySituation {
  backupId: string
  takenAt: Date
  store: string
  /** Of the copy in that store; null when there never was one. */
  status: 'writing' | 'good' | 'damaged' | 'missing' | 'failed' | 'deleting' | 'deleted' | null
  /** Good copies in other stores that answer. */
  sources: number
  storeReachable: boolean
  /** A copy of it to there waits or runs. */
  underWay: boolean
  /** How often it failed in the last day, and when it did last. */
  failures: number
  failedAt: Date | null
}

export interface PlannedCopy {
  backupId: string
  store: string
}

const minuteMs = 60_000
const longestPauseMs = 6 * 60 * minuteMs

/** Five minutes after the first failure, twice as long after each further one, six hours at most. */
export const pauseAfter = (failures: number): number =>
  failures === 0 ? 0 : Math.min(longestPauseMs, 5 * minuteMs * 2 ** (failures - 1))

/** What a copy being written says when nobody writes it any more: its writer was killed. */
const needsCopy: ReadonlySet<CopySituation['status']> = new Set([
  null,
  'failed',
  'deleted',
  'missing',
  'damaged',
  'writing',
])

/**
 * Which copies to make now: the newest archive first, one per store at a time. A store that does not answer is left alone,
 * and nothing is copied without a good copy to read.
 */
export function planCopies(situations: readonly CopySituation[], now: Date): PlannedCopy[] {
  const busy = new Set(situations.filter(({ underWay }) => underWay).map(({ store }) => store))
  const planned: PlannedCopy[] = []
  for (const one of situations.toSorted((a, b) => b.takenAt.getTime() - a.takenAt.getTime())) {
    if (!needsCopy.has(one.status) || one.sources === 0 || !one.storeReachable || busy.has(one.store))
      continue
    if (one.failedAt && now.getTime() - one.failedAt.getTime() < pauseAfter(one.failures)) continue
    busy.add(one.store)
    planned.push({ backupId: one.backupId, store: one.store })
  }
  return planned
}
