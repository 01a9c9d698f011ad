import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import type { ListedCopy } from '#lib/backups/list-backups-page.ts'
import type { Drill } from '#lib/backups/types.ts'
import { countOf } from '#lib/format/format-count.ts'
import { DrillPart } from './drill-part.tsx'

const shownInFull = 3

/** Every drill of this archive, newest first; earlier ones folded. */
export function DrillsPart({
  drills,
  copies,
}: {
  drills: readonly Wire<Drill>[]
  copies: readonly Wire<ListedCopy>[]
}) {
  const part = (drill: Wire<Drill>) => (
    <DrillPart
      key={drill.id}
      drill={drill}
      store={copies.find(({ id }) => id === drill.copyId)?.store ?? null}
    />
  )
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
        <>
          {drills.slice(0, shownInFull).map(part)}
          {drills.length > shownInFull ? (
            <details data-no-print>
              <summary className="cursor-pointer border-b border-line px-4 py-2 text-sm text-ink-soft">
                {countOf(drills.length - shownInFull, 'earlier drill')}
              </summary>
              {drills.slice(shownInFull).map(part)}
            </details>
          ) : null}
        </>
      )}
    </Panel>
  )
}
