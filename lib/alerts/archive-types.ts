/** One run that was due, and what became of it. */
export interface ScheduleFact {
  schedule: string
  dueAt: Date
  status: 'expected' | 'filed' | 'refused' | 'skipped'
  answeredAt: Date | null
  refusedBecause: string | null
  /** Of the work that was filed for it; null when there is none. */
  jobStatus: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | null
}

/** One of the policy's stores. */
export interface StoreFact {
  name: string
  status: 'reachable' | 'unreachable'
  since: Date
  message: string | null
}

/** A copy that was found damaged or gone, of a backup that should be there. */
export interface BadCopyFact {
  backupId: string
  store: string
  status: string
  seenAt: Date
}

/** What alerts about schedules, stores, copies and retention are judged from. */
export interface ArchiveFacts {
  /** The due runs of the last week, newest first. */
  schedulesDue: ScheduleFact[]
  stores: StoreFact[]
  badCopies: BadCopyFact[]
  newestArchive: {
    id: string
    finishedAt: Date
    pgDumpVersion: string | null
    /** The policy's stores that have no good copy of it. */
    lacking: string[]
  } | null
  /** Databases of the server that no target is of; null where another target of that server tells. */
  unprotected: { names: string[]; surveyedAt: Date } | null
  freezes: { reason: string; frozenAt: Date }[]
  /** Deletions that have begun and are not done, oldest first. */
  pendingDeletions: { id: string; since: Date | null; message: string | null }[]
}
