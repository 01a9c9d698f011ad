import type { ReactNode } from 'react'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import type { BackupWork } from '#lib/backups/list-work.ts'

const titles: Record<string, string> = {
  'backups.take': 'Taking the backup',
  'backups.verify': 'Verifying',
  'drills.run': 'Drill',
}

/** Work on backups that waits or runs, phase by phase. Always there, at its full height, so that nothing jumps when it begins. */
export function WorkPanel({ work, idle }: { work: readonly Wire<BackupWork>[]; idle: ReactNode }) {
  return (
    <Panel title="Now" className="min-h-32 xl:min-h-64">
      {work.length === 0 ? <p className="text-sm text-ink-soft">{idle}</p> : null}
      <div className="grid max-h-80 gap-4 overflow-y-auto">
        {work.map((one) => (
          <div key={one.jobRunId} className="grid content-start gap-2">
            <h3 className="text-sm font-medium">
              {titles[one.kind]}{' '}
              <span className="font-mono text-xs text-ink-faint">{one.backupId.slice(0, 8)}</span>
            </h3>
            <PhaseList run={one} />
          </div>
        ))}
      </div>
    </Panel>
  )
}
