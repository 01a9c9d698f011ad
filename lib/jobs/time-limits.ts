import type { JobKind } from '#lib/jobs/types.ts'

/** Work that copies, restores or compares whole databases: as long as such a thing may take, and watched for stalls by itself. */
const long: ReadonlySet<JobKind> = new Set<JobKind>([
  'backups.copy',
  'backups.take',
  'backups.verify',
  'deployments.validate',
  'drift.compare',
  'drills.run',
  'operations.plan',
  'operations.run',
])

export interface TimeLimits {
  /** After this the work is told to stop. */
  limitMs: number
  /** And this much later it is given up, though it never came back. */
  graceMs: number
}

const minuteMs = 60_000

/** How long a run of this kind may take. Without an end, a handler that never returns would keep its place for ever. */
export const timeLimitsOf = (kind: JobKind): TimeLimits =>
  long.has(kind)
    ? { limitMs: 48 * 60 * minuteMs, graceMs: 15 * minuteMs }
    : { limitMs: 20 * minuteMs, graceMs: minuteMs / 2 }
