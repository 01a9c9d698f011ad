import { type JobKind, jobKinds } from '#lib/jobs/types.ts'

/** Work that copies or restores whole databases; two at a time, so that the short work always finds a place. */
const heavy: ReadonlySet<JobKind> = new Set<JobKind>([
  'backups.copy',
  'backups.take',
  'backups.verify',
  'deployments.validate',
  'drills.run',
  'operations.run',
])

export interface Lane {
  kinds: readonly JobKind[]
  /** How often a worker died on the runs that it takes. */
  diedOn: 'at most once' | 'more than once'
  places: number
}

/**
 * The lanes of one worker process: heavy work does not stand in the way of the short one. What two workers died on goes
 * alone: one of them is what killed them, and the others, which only ran beside it, come through.
 */
export const lanes: readonly Lane[] = [
  { kinds: jobKinds.filter((kind) => heavy.has(kind)), diedOn: 'at most once', places: 2 },
  { kinds: jobKinds.filter((kind) => !heavy.has(kind)), diedOn: 'at most once', places: 6 },
  { kinds: jobKinds, diedOn: 'more than once', places: 1 },
]
