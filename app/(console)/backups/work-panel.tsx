import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import type { BackupWork } from '#lib/backups/list-work.ts'

const titles: Record<string, string> = {
  'backups.take': 'Taking the backup',
  'backups.verify': 'Verifying',
  'drills.run': 'Drill',
}

/** Work on backups that waits or runs, phase by phase. Renders nothing when there is none. */
export function WorkPanel({ work }: { work: readonly Wire<BackupWork>[] }) {
  if (work.length === 0) return null
  return (
    <Panel title="Running now">
      <div className="grid gap-4 lg:grid-cols-2">
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
