'use client'

import Link from 'next/link'
import { Panel } from '#components/ui/card.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import type { AlertData } from './alert-screen.tsx'

/** The same problem before: how often, and how long it took. */
export function EarlierPanel({ earlier }: Pick<AlertData, 'earlier'>) {
  return (
    <Panel title="The same problem before" flush={earlier.length > 0}>
      {earlier.length === 0 ? (
        <p className="text-sm text-ink-soft">It is the first time.</p>
      ) : (
        <Table
          label="Earlier alerts of the same problem"
          rows={earlier}
          rowKey={(row) => row.id}
          columns={[
            {
              key: 'first',
              head: 'Began',
              lead: true,
              cell: (row) => (
                <Link href={`/alerts/${row.id}`} className="text-accent hover:underline">
                  <Time at={row.firstSeenAt} exact />
                </Link>
              ),
            },
            { key: 'seen', head: 'Seen', align: 'right', cell: (row) => `${row.occurrences}×` },
            { key: 'over', head: 'Over', align: 'right', cell: (row) => <Time at={row.resolvedAt} exact /> },
          ]}
        />
      )}
    </Panel>
  )
}
