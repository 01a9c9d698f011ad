'use client'

import { ChevronDown, CircleUserRound, ListChecks, LoaderCircle } from 'lucide-react'
import type { ComponentProps } from 'react'
import { environmentFill } from '#components/shell/environment.ts'
import { wordsOf } from '#components/shell/job-words.ts'
import { useShell } from '#components/shell/shell-context.tsx'
import { leadingJob, percentOf, type ShellJob } from '#components/shell/shell-job.ts'
import { classNames } from '#components/ui/class-names.ts'
import { Progress } from '#components/ui/progress.tsx'
import { statusWord } from '#components/ui/status-dot.tsx'

/** Which database the page is about, in the colour of its environment. */
export function TargetButton(props: ComponentProps<'button'>) {
  const { target } = useShell()
  if (!target) return <span className="truncate text-sm text-ink-faint">No target yet</span>
  return (
    <button
      type="button"
      aria-label={`Target ${target.name}, ${target.environment}. Switch target`}
      className="flex h-8 min-w-0 items-center overflow-hidden rounded-md border border-line-strong text-left hover:bg-raised"
      {...props}
    >
      <span
        className={classNames(
          'flex h-full items-center px-2 text-2xs font-bold tracking-wide text-white uppercase',
          environmentFill(target.environment),
        )}
      >
        <span className="max-sm:hidden">{target.environment}</span>
        <span className="sm:hidden">{target.environment.slice(0, 4)}</span>
      </span>
      <span className="truncate px-2 text-sm font-medium">{target.name}</span>
      <ChevronDown aria-hidden className="mr-2 size-3.5 shrink-0 text-ink-faint" />
    </button>
  )
}

export function UserMenuButton(props: ComponentProps<'button'>) {
  const { user } = useShell()
  return (
    <button
      type="button"
      aria-label={`${user.name}, ${user.role}. Your menu`}
      className="flex h-8 items-center gap-1.5 rounded-md px-1.5 hover:bg-sunken"
      {...props}
    >
      <CircleUserRound aria-hidden className="size-5 text-ink-soft" />
      <span className="text-xs font-medium text-ink-soft max-md:hidden">{user.role}</span>
    </button>
  )
}

/** What runs now, with its progress. */
export function WorkButton({ jobs, ...props }: ComponentProps<'button'> & { jobs: readonly ShellJob[] }) {
  const { shown, more } = leadingJob(jobs)
  return (
    <button
      type="button"
      aria-label={shown ? `${wordsOf(shown.kind).title} runs. Show all work` : 'Background work'}
      className="flex h-8 items-center gap-2 rounded-md px-2 text-xs text-ink-soft hover:bg-sunken"
      {...props}
    >
      {shown ? (
        <LoaderCircle aria-hidden className="size-4 animate-spin text-accent" />
      ) : (
        <ListChecks aria-hidden className="size-4 text-ink-faint" />
      )}
      {shown ? (
        <span className="grid w-40 gap-0.5 text-left max-md:hidden">
          <span className="flex gap-2">
            <span className="truncate font-medium text-ink">{wordsOf(shown.kind).title}</span>
            <span className="truncate text-ink-faint">{statusWord(shown.phase ?? shown.status)}</span>
            <span className="ml-auto">{percentOf(shown)}</span>
          </span>
          <Progress
            done={shown.progressDone}
            total={shown.progressTotal}
            label={wordsOf(shown.kind).title}
            className="h-1"
          />
        </span>
      ) : null}
      {shown && more > 0 ? <span>+{more}</span> : null}
    </button>
  )
}
