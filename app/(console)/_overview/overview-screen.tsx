'use client'

import type { Loaded } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import { AttentionPanel } from '#app/(console)/_overview/attention-panel.tsx'
import { ControlLine } from '#app/(console)/_overview/control-line.tsx'
import { CoveragePanel } from '#app/(console)/_overview/coverage-panel.tsx'
import { DeploymentsPanel } from '#app/(console)/_overview/deployments-panel.tsx'
import { BackupPanel, RecoveryPanel } from '#app/(console)/_overview/evidence-panels.tsx'
import { FleetPanel } from '#app/(console)/_overview/fleet-panel.tsx'
import { GapsPanel } from '#app/(console)/_overview/gaps-panel.tsx'
import { ProtectionSentence } from '#app/(console)/_overview/protection-sentence.tsx'
import { useShell } from '#components/shell/shell-context.tsx'
import { listWaiting } from '#lib/overview/operation-items.ts'
import type { Fleet, Overview } from '#lib/overview/types.ts'

export function OverviewScreen({ loaded, fleet }: { loaded: Loaded<Overview>; fleet: Loaded<Fleet> }) {
  const { data: read } = useLoaded(loaded)
  const { user } = useShell()
  const isUrgent = ({ severity }: { severity: string }) => severity === 'EMERGENCY' || severity === 'CRITICAL'
  const attention = [
    ...read.attention.filter(isUrgent),
    ...listWaiting(read.waiting, user),
    ...read.attention.filter((item) => !isUrgent(item)),
  ]
  const data = { ...read, attention }
  // Nothing in Holdfast's own database is guarded or deployed to.
  const isControl = data.control?.name === data.target.name
  return (
    <div className="grid gap-4">
      <h1 className="sr-only">Overview of {data.target.name}</h1>
      <ProtectionSentence overview={data} readAt={loaded.at} />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <AttentionPanel overview={data} />
        <GapsPanel overview={data} />
      </div>
      <FleetPanel loaded={fleet} shown={data.target.name} />
      {isControl ? null : <CoveragePanel overview={data} />}
      <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
        <BackupPanel overview={data} />
        <RecoveryPanel overview={data} />
        {isControl ? null : <DeploymentsPanel overview={data} />}
      </div>
      <ControlLine overview={data} />
    </div>
  )
}
