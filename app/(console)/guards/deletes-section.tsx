'use client'

import Link from 'next/link'
import { Button } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { DeletesTable } from './deletes-table.tsx'
import { EventPanel } from './event-panel.tsx'
import type { GuardsData } from './guards-data.ts'
import { useGuardEvents } from './use-guard-events.ts'

/** What went within the budgets, and can be put back. */
export function DeletesSection({ data }: { data: GuardsData }) {
  const events = useGuardEvents(data.target.id, 'let-go', data.letGo)
  return (
    <EventPanel
      id="let-go"
      title="Let go"
      about="Deleted or overwritten within the budgets or under a permit. The rows are in the journal and can be put back."
      noun="row"
      measure="rows"
      events={events}
      actions={
        events.events.length > 0 ? (
          <Button asChild size="small">
            <Link href={`/restores/new?target=${encodeURIComponent(data.target.name)}`}>Put rows back…</Link>
          </Button>
        ) : null
      }
      empty={<EmptyState title="No deletes since the guards watch">Each one will be listed here.</EmptyState>}
    >
      <DeletesTable events={events.events} data={data} />
    </EventPanel>
  )
}
