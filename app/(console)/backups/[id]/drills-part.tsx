import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import type { ListedCopy } from '#lib/backups/list-backups-page.ts'
import type { Drill } from '#lib/backups/types.ts'
import { DrillPart } from './drill-part.tsx'

/** Every drill of this archive, newest first. */
export function DrillsPart({
  drills,
  copies,
}: {
  drills: readonly Wire<Drill>[]
  copies: readonly Wire<ListedCopy>[]
}) {
  return (
    <Panel
      title="Drills"
      about="Each restored it into a scratch database and demanded the facts that were taken with it."
      flush
    >
      {drills.length === 0 ? (
        <EmptyState title="Never drilled">
          <p>Nobody knows yet whether this restores, or how long that takes.</p>
        </EmptyState>
      ) : (
        drills.map((drill) => (
          <DrillPart
            key={drill.id}
            drill={drill}
            store={copies.find(({ id }) => id === drill.copyId)?.store ?? null}
          />
        ))
      )}
    </Panel>
  )
}
