import { Card, Stat } from '#components/ui/card.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import type { GuardsData } from './guards-data.ts'

const sum = (rows: readonly { rows: number | null }[]): number =>
  rows.reduce((total, row) => total + (row.rows ?? 0), 0)

/** The page in four numbers. */
export function SummarySection({ data }: { data: GuardsData }) {
  const { tables, blocked, deletes } = data
  const whole = tables.filter((table) => table.guard === 'installed').length
  const tampered = tables.filter((table) => table.guard === 'tampered').length
  const newest = tables.find((table) => table.verifiedAt)?.verifiedAt ?? null
  return (
    <Card className="mb-4 grid grid-cols-2 gap-x-4 gap-y-3 px-4 py-3 md:grid-cols-4">
      <Stat
        label="Tables guarded"
        tone={tables.length > 0 && whole === tables.length ? 'good' : 'bad'}
        value={`${whole} of ${tables.length}`}
        note={tampered > 0 ? `${tampered} tampered with` : 'of those the policy protects'}
      />
      <Stat
        label="Verified"
        tone={newest ? 'plain' : 'bad'}
        value={newest ? <Time at={newest} /> : 'never'}
        note="compared with the live catalog every minute"
      />
      <Stat
        label="Refused"
        value={formatCount(blocked.length)}
        note={blocked[0] ? <Time at={blocked[0].at} /> : 'no attempt so far'}
      />
      <Stat
        label="Let go, in the journal"
        value={`${formatCount(sum(deletes.filter((entry) => entry.kind === 'deleted')))} rows`}
        note={deletes[0] ? <Time at={deletes[0].lastAt} /> : 'nothing so far'}
      />
    </Card>
  )
}
