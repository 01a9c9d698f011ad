'use client'

import Link from 'next/link'
import { wordsOf } from '#components/shell/job-words.ts'
import { WorkButton } from '#components/shell/menu-buttons.tsx'
import { hrefFor } from '#components/shell/navigation.ts'
import { useShell } from '#components/shell/shell-context.tsx'
import { percentOf, type ShellJob } from '#components/shell/shell-job.ts'
import { Popover } from '#components/ui/popover.tsx'
import { Progress } from '#components/ui/progress.tsx'
import { StatusDot, statusWord } from '#components/ui/status-dot.tsx'

/** What runs now, in the bar; everything that runs or just ended, behind it. */
export function RunningWork({ jobs }: { jobs: ShellJob[] }) {
  const { targets } = useShell()
  const targetOf = (job: ShellJob) => targets.find(({ id }) => id === job.targetId)?.name ?? null
  return (
    <Popover trigger={<WorkButton jobs={jobs} />}>
      <div className="border-b border-line px-3 py-2 font-medium">Background work</div>
      {jobs.length === 0 ? (
        <p className="px-3 py-3 text-ink-soft">Nothing runs, and nothing ended in the last minute.</p>
      ) : (
        <ul>
          {jobs.map((job) => {
            const { title, href } = wordsOf(job.kind)
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
