import type { AlertFacts } from '#lib/alerts/types.ts'

/** The moment that the facts are of. */
export const now = new Date('2026-03-04T12:00:00Z')
export const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000)

/** A target with which nothing is wrong. */
export const quiet: AlertFacts = {
  now,
  targetName: 'shop',
  targetAddedAt: hoursAgo(1_000),
  unreachableSince: null,
  objectives: { exposureMinutes: 360, proofHours: 48 },
  schedules: { health: '* * * * *', archive: '15 2 * * *' },
  checks: [
    {
      check: 'server.reachable',
      area: 'server',
      title: 'The database answers',
      status: 'healthy',
      severity: 'INFO',
      affected: 0,
      details: '',
      remedy: null,
      checkedAt: now,
      since: hoursAgo(9),
      lastBetterAt: null,
    },
  ],
  blocked: [],
  guards: [],
  uncovered: null,
  brokenGlass: [],
  aloneOperations: [],
  lastGoodBackupAt: hoursAgo(1),
  lastGoodArchiveAt: hoursAgo(10),
  backups: [],
  lastDrill: null,
  lastConclusiveDrill: null,
  lastPassedDrillAt: hoursAgo(6),
  probes: [],
  schedulesDue: [],
  stores: [],
  badCopies: [],
  newestArchive: null,
  unprotected: null,
  freezes: [],
  pendingDeletions: [],
  mirrors: [],
}
