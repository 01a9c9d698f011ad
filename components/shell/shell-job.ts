import { isRoutine } from '#components/shell/job-words.ts'
import type { JobKind, JobStatus } from '#lib/jobs/types.ts'

export interface ShellJob {
  id: string
  kind: JobKind
  targetId: string | null
  status: JobStatus
  phase: string | null
  progressDone: number | null
  progressTotal: number | null
  requestedBy: string
  failure: string | null
}

export const percentOf = ({ progressDone, progressTotal }: ShellJob): string =>
  progressDone !== null && progressTotal ? `${Math.floor((progressDone / progressTotal) * 100)} %` : ''

/** The one job that the bar shows, and how many more are under way. */
export function leadingJob(jobs: readonly ShellJob[]): { shown: ShellJob | null; more: number } {
  const active = jobs.filter(({ status }) => status === 'running' || status === 'queued')
  const notable = active.filter((job) => !isRoutine(job))
  const shown = notable.find(({ status }) => status === 'running') ?? notable[0] ?? null
  return { shown, more: active.length - 1 }
}
