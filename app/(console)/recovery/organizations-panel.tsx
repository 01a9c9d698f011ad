import { Badge } from '#components/ui/badge.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Table } from '#components/ui/table.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import type { FoundMembership } from './locked-out-panel.tsx'

const words = {
  ownerless: { title: 'nobody owns it', tone: 'bad' },
  'owner-leaving': { title: 'last owner about to leave', tone: 'warn' },
  'duplicate-membership': { title: 'held twice', tone: 'plain' },
} as const

/** Organisations that nobody can run, or soon nobody can: nobody is locked out yet, so a search for people misses them. */
export function OrganizationsPanel({ membership, isOnly }: { membership: FoundMembership; isOnly: boolean }) {
  const rows = membership.organizations.flatMap(({ finding, samples }) =>
    samples.map((sample) => ({ finding, ...sample })),
  )
  if (rows.length === 0) return null
  const total = membership.organizations.reduce((sum, { affected }) => sum + affected, 0)
  return (
    <Panel
      title={`Organisations to look at${isOnly ? '' : `: ${membership.name}`}`}
      about={rows.length < total ? `${formatCount(rows.length)} of ${formatCount(total)}` : undefined}
      flush
    >
      <Table
        label={`Organisations of ${membership.name}`}
        rows={rows}
        rowKey={(row) => `${row.finding} ${row.id}`}
        columns={[
          {
            key: 'which',
            head: 'Which',
            lead: true,
            cell: (row) => (
              <span className="min-w-0 break-words" title={row.id}>
                {row.label || row.id}
              </span>
            ),
          },
          {
            key: 'what',
            head: 'What',
            align: 'right',
            cell: (row) => <Badge tone={words[row.finding].tone}>{words[row.finding].title}</Badge>,
          },
        ]}
      />
    </Panel>
  )
}
