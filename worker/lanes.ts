import type { JobKind } from '#lib/jobs/types.ts'

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
  /** Does the work when a place is free. */
  enter<T>(work: () => Promise<T>): Promise<T>
}

function makeLane(places: number): Lane {
  let free = places
  const waiting: (() => void)[] = []
  return {
    async enter(work) {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else free++
      }
    },
  }
}

/** The lanes of one worker process: heavy work does not stand in the way of the short one. */
export function makeLanes(): (kind: JobKind) => Lane {
  const lanes = { heavy: makeLane(2), light: makeLane(6) }
  return (kind) => (heavy.has(kind) ? lanes.heavy : lanes.light)
}
