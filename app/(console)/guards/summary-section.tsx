import { Card, Stat } from '#components/ui/card.tsx'
import { Time } from '#components/ui/time.tsx'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { isGuarding } from '#lib/guards/types.ts'
import type { GuardsData } from './guards-data.ts'

/** The page in four numbers. */
export function SummarySection({ data }: { data: GuardsData }) {
  const { refused, letGo, lastWeek } = data
  const tables = data.tables.filter((table) => table.isProtected)
  const whole = tables.filter((table) => isGuarding(table.guard)).length
  const outdated = tables.filter((table) => table.guard === 'outdated').length
  const tampered = tables.filter((table) => table.guard === 'tampered').length
  const open = data.tables.length - tables.length
  const newest = tables.find((table) => table.verifiedAt)?.verifiedAt ?? null
  return (
    <Card className="mb-4 grid grid-cols-2 gap-x-4 gap-y-3 px-4 py-3 md:grid-cols-4">
      <Stat
        label="Tables guarded"
        tone={tables.length === 0 || whole < tables.length ? 'bad' : outdated > 0 ? 'warn' : 'good'}
        value={`${whole} of ${tables.length}`}
        note={
          tampered > 0
            ? `${tampered} tampered with`
            : outdated > 0
              ? `${outdated} to be installed again`
              : open > 0
                ? `${countOf(open, 'table')} not protected yet`
                : 'of those the policy protects'
        }
      />
      <Stat
        label="Verified"
        tone={newest ? 'plain' : 'bad'}
        value={newest ? <Time at={newest} /> : 'never'}
        note={newest ? 'compared with the live catalog every minute' : 'once installed, every minute'}
      />
      <Stat
        label="Refused, last 7 days"
        value={countOf(lastWeek.refused.events, 'attempt')}
        note={refused.events[0] ? <Time at={refused.events[0].at} /> : 'no attempt so far'}
      />
      <Stat
        label="Let go, last 7 days"
        value={`${formatCount(lastWeek.letGo.rows)} ${lastWeek.letGo.rows === 1 ? 'row' : 'rows'}`}
        note={letGo.events[0] ? <Time at={letGo.events[0].at} /> : 'nothing so far'}
      />
    </Card>
  )
}
