'use client'

import type { ReactNode } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { Time } from '#components/ui/time.tsx'
import type { TargetHolder } from '#lib/targets/hold-target.ts'
import type { backupsNowRead } from './queries.ts'
import { WorkItem } from './work-item.tsx'

export type LoadedNow = Loaded<ReadData<typeof backupsNowRead>>

/** Who has the target, so that one who is refused knows by whom. */
function Holders({ holders }: { holders: readonly Wire<TargetHolder>[] }) {
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

/** Work that waits or runs, phase by phase. Without an `idle` text it is not there while nothing is. */
export function NowPanel({ loaded, idle }: { loaded: LoadedNow; idle?: ReactNode }) {
  const { data, error } = useLoaded(loaded)
  const { work, holders, workers, role } = data
  if (!idle && work.length === 0 && holders.length === 0) return null
  return (
    <Panel title="Now" {...(error ? { about: `Shown as last read: ${error.message}` } : {})}>
      <div className="grid min-h-16 content-start gap-3">
        {workers === 0 ? (
          <p className="text-sm text-bad" role="alert">
            No worker is running: what is requested waits until one is started.
          </p>
        ) : null}
        <Holders holders={holders} />
        {work.length === 0 && idle ? <div className="text-sm text-ink-soft">{idle}</div> : null}
        {work.map((one) => (
          <WorkItem key={one.jobRunId} work={one} role={role} />
        ))}
      </div>
    </Panel>
  )
}
