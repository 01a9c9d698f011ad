import { Panel } from '#components/ui/card.tsx'
import { BlockedTimeline } from './blocked-timeline.tsx'
import type { GuardsData } from './guards-data.ts'

/** What the database did not let pass. */
export function BlockedSection({ data }: { data: GuardsData }) {
  return (
    <Panel title="Refused" about="Attempts that the database did not let pass." flush>
      <BlockedTimeline attempts={data.blocked} />
    </Panel>
  )
}
