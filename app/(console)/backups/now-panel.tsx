import type { ReactNode } from 'react'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { Time } from '#components/ui/time.tsx'
import type { BackupWork } from '#lib/backups/list-work.ts'
import type { Role } from '#lib/context.ts'
import type { TargetHolder } from '#lib/targets/hold-target.ts'
import { WorkItem } from './work-item.tsx'

export interface Now {
  work: readonly Wire<BackupWork>[]
  holders: readonly Wire<TargetHolder>[]
  workers: number
}

/** Who has the target, so that one who is refused knows by whom. */
export function Holders({ holders }: { holders: Now['holders'] }) {
  return holders.map(({ subjectId, purpose, heldBy, mode, since }) => (
    <p key={`${subjectId}-${since}`} className="text-sm text-ink-soft">
      <span className="font-medium text-ink">{mode === 'write' ? 'Reserved for writing' : 'Being read'}</span>{' '}
      by {purpose} <span className="font-mono text-xs">{subjectId.slice(0, 8)}</span> ({heldBy}),{' '}
      <Time at={since} />.{' '}
      {mode === 'write'
        ? 'No archive is taken until it is done.'
        : 'Restores and deployments wait until it is done.'}
    </p>
  ))
}

/** Work that waits or runs, phase by phase. */
export function NowPanel({
  now: { work, holders, workers },
  role,
  idle,
  title = 'Now',
}: {
  now: Now
  role: Role
  idle: ReactNode
  title?: string
}) {
  return (
    <Panel title={title}>
      <div className="grid min-h-16 content-start gap-3">
        {workers === 0 ? (
          <p className="text-sm text-bad" role="alert">
            No worker is running: what is requested waits until one is started.
          </p>
        ) : null}
        <Holders holders={holders} />
        {work.length === 0 ? <div className="text-sm text-ink-soft">{idle}</div> : null}
        {work.map((one) => (
          <WorkItem key={one.jobRunId} work={one} role={role} />
        ))}
      </div>
    </Panel>
  )
}
