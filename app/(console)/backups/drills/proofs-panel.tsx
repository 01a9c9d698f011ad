import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import type { StoreProof } from '#lib/backups/drills/read-drills.ts'

/** Which stores have shown that what lies there restores. */
export function ProofsPanel({ proofs }: { proofs: readonly Wire<StoreProof>[] }) {
  return (
    <Panel title="Proven per store" about="A store whose copies were never restored is a hope." flush>
      <Table
        label="Proven per store"
        rows={proofs}
        rowKey={({ store }) => store}
        columns={[
          { key: 'store', head: 'Store', lead: true, cell: ({ store }) => store },
          {
            key: 'at',
            head: 'Last passed drill',
            align: 'right',
            cell: ({ backupId, provenAt }) =>
              provenAt ? (
                <Link href={`/backups/${backupId}`} className="text-accent hover:underline">
                  <Time at={provenAt} />
                </Link>
              ) : (
                <span className="text-warn">never</span>
              ),
          },
        ]}
      />
    </Panel>
  )
}
