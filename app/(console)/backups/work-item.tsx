'use client'

import { useAction } from '#app/_web/use-action.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Button } from '#components/ui/button.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import { useNow } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { estimateRemaining } from '#lib/backups/estimate-remaining.ts'
import type { BackupWork } from '#lib/backups/list-work.ts'
import type { Role } from '#lib/context.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { cancelJobAction } from './actions.ts'

const titles: Record<string, string> = {
  'backups.take': 'Taking the',
  'backups.verify': 'Verifying the',
  'drills.run': 'Drilling the',
}

/** Phases that count bytes; the others count tables. */
const inBytes = new Set(['dump', 'verify', 'authenticate', 'restore', 'copy archive'])

function paceOf(work: Wire<BackupWork>, now: number): string | null {
  const begun = work.phases.at(-1)
  if (!begun || work.progressDone === null || now === 0) return null
  const seconds = (now - Date.parse(begun.startedAt)) / 1000
  if (seconds < 2 || work.progressDone === 0) return null
  const perSecond = work.progressDone / seconds
  return inBytes.has(work.phase ?? '') && work.backupKind === 'archive'
    ? `${formatBytes(work.progressDone)} so far, ${formatBytes(perSecond)}/s`
    : `${formatCount(perSecond < 10 ? Math.round(perSecond * 10) / 10 : perSecond)}/s`
}

/** One piece of running work: its phases, its pace, what it will still take by earlier runs, and how to stop it. */
export function WorkItem({ work, role }: { work: Wire<BackupWork>; role: Role }) {
  const now = useNow()
  const cancel = useAction(cancelJobAction, { done: 'It will stop at the next safe point' })
  const running = work.status === 'running'
  const pace = running ? paceOf(work, now) : null
  const leftMs =
    running && now > 0
      ? estimateRemaining(
          {
            ...work,
            phases: work.phases.map((phase) => ({ ...phase, startedAt: new Date(phase.startedAt) })),
          },
          work.typical,
          new Date(now),
        )
      : null
  return (
    <div className="grid content-start gap-2">
      <div className="flex flex-wrap items-center gap-x-2">
        <h3 className="text-sm font-medium">
          {titles[work.kind]} {work.backupKind}{' '}
          <span className="font-mono text-xs text-ink-faint">{work.backupId.slice(0, 8)}</span>
        </h3>
        {can(role, 'jobs.cancel') ? (
          <Button
            size="small"
            variant="ghost"
            className="ml-auto"
            disabled={work.cancelRequested}
            pending={cancel.pending}
            onClick={() => cancel.run({ jobRunId: work.jobRunId })}
          >
            {work.cancelRequested ? 'Stopping…' : 'Cancel'}
          </Button>
        ) : null}
      </div>
      <PhaseList run={work} bytes={work.backupKind === 'archive' && inBytes.has(work.phase ?? '')} />
      <p className="min-h-4 text-xs text-ink-faint">
        {[pace, leftMs === null ? null : `about ${formatDuration(leftMs)} left`].filter(Boolean).join(' · ')}
      </p>
    </div>
  )
}
