'use client'

import { ListChecks, LoaderCircle } from 'lucide-react'
import Link from 'next/link'
import { isRoutine, jobWords } from '#components/shell/job-words.ts'
import { hrefFor } from '#components/shell/navigation.ts'
import { useShell } from '#components/shell/shell-context.tsx'
import { Popover } from '#components/ui/popover.tsx'
import { Progress } from '#components/ui/progress.tsx'
import { StatusDot, statusWord } from '#components/ui/status-dot.tsx'
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

const percentOf = ({ progressDone, progressTotal }: ShellJob): string =>
  progressDone !== null && progressTotal ? `${Math.floor((progressDone / progressTotal) * 100)} %` : ''

/** What runs now, in the bar; everything that runs or just ended, behind it. */
export function RunningWork({ jobs }: { jobs: ShellJob[] }) {
  const { targets } = useShell()
  const active = jobs.filter(({ status }) => status === 'running' || status === 'queued')
  const shown =
    active.find((job) => !isRoutine(job) && job.status === 'running') ?? active.find((job) => !isRoutine(job))
  const targetOf = (job: ShellJob) => targets.find(({ id }) => id === job.targetId)?.name ?? null
  return (
    <Popover
      trigger={
        <button
          type="button"
          aria-label={shown ? `${jobWords[shown.kind].title} runs. Show all work` : 'Background work'}
          className="flex h-8 items-center gap-2 rounded-md px-2 text-xs text-ink-soft hover:bg-sunken"
        >
          {shown ? (
            <LoaderCircle aria-hidden className="size-4 animate-spin text-accent" />
          ) : (
            <ListChecks aria-hidden className="size-4 text-ink-faint" />
          )}
          {shown ? (
            <span className="grid w-40 gap-0.5 text-left max-md:hidden">
              <span className="flex gap-2">
                <span className="truncate font-medium text-ink">{jobWords[shown.kind].title}</span>
                <span className="truncate text-ink-faint">{statusWord(shown.phase ?? shown.status)}</span>
                <span className="ml-auto">{percentOf(shown)}</span>
              </span>
              <Progress
                done={shown.progressDone}
                total={shown.progressTotal}
                label={jobWords[shown.kind].title}
                className="h-1"
              />
            </span>
          ) : null}
          {active.length > 1 && shown ? <span>+{active.length - 1}</span> : null}
        </button>
      }
    >
      <div className="border-b border-line px-3 py-2 font-medium">Background work</div>
      {jobs.length === 0 ? (
        <p className="px-3 py-3 text-ink-soft">Nothing runs, and nothing ended in the last minute.</p>
      ) : (
        <ul>
          {jobs.map((job) => {
            const { title, href } = jobWords[job.kind]
            const target = targetOf(job)
            return (
              <li key={job.id} className="grid gap-1 border-b border-line px-3 py-2 last:border-b-0">
                <div className="flex items-center gap-2">
                  <StatusDot status={job.status} bare />
                  <Link href={hrefFor(href, target)} className="font-medium hover:underline">
                    {title}
                  </Link>
                  <span className="text-ink-faint">{target}</span>
                  <span className="ml-auto text-xs text-ink-soft">
                    {job.status === 'running'
                      ? `${statusWord(job.phase ?? 'starting')} ${percentOf(job)}`
                      : job.status}
                  </span>
                </div>
                {job.status === 'running' ? (
                  <Progress done={job.progressDone} total={job.progressTotal} label={title} className="h-1" />
                ) : null}
                {job.failure ? <p className="text-xs text-bad">{job.failure}</p> : null}
              </li>
            )
          })}
        </ul>
      )}
    </Popover>
  )
}
