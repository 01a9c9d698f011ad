import Link from 'next/link'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { DeletesTable } from './deletes-table.tsx'
import type { GuardsData } from './guards-data.ts'

/** What went within the budgets, and can be put back. */
export function DeletesSection({ data }: { data: GuardsData }) {
  return (
    <Panel
      title="Deleted lately"
      about="Within the budgets. The rows are in the journal and can be put back."
      flush
      actions={
        data.deletes.length > 0 ? (
          <Button asChild size="small">
            <Link href={`/restores?target=${encodeURIComponent(data.target.name)}`}>Put rows back…</Link>
          </Button>
        ) : null
      }
    >
      <DeletesTable deletes={data.deletes} />
    </Panel>
  )
}
