import Link from 'next/link'
import { Panel } from '#components/ui/card.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { Time } from '#components/ui/time.tsx'
import { countOf } from '#lib/format/format-count.ts'
import { ComparisonState } from './comparison-state.tsx'
import type { ShownMirror } from './drift-screen.tsx'
import { HistoryStrip } from './history-strip.tsx'

type Last = ShownMirror['history'][number]

function countsText({ missing, extra, changed, orphans, inSync }: Last): string {
  const parts = [
    missing > 0 ? `${countOf(missing, 'row')} missing` : null,
    extra > 0 ? `${countOf(extra, 'row')} only here` : null,
    changed > 0 ? `${countOf(changed, 'row')} changed` : null,
    orphans > 0 ? `${countOf(orphans, 'row')} without what they refer to` : null,
  ].filter((part) => part !== null)
  if (parts.length > 0) return parts.join(', ')
  return inSync ? 'Every row is the same on both sides.' : 'The columns are not the same on both sides.'
}

/** One mirror of the policy: what the last comparison found, and how it went before. */
export function MirrorCard({ mirror, target }: { mirror: ShownMirror; target: string }) {
  const { name, master, tables, history } = mirror
  const last = history.at(-1)
  return (
    <Panel
      title={name}
      about={
        <>
          {target} like its master, {master}: {tables.map((table) => table).join(', ')}
        </>
      }
      actions={last ? <ComparisonState of={last} /> : null}
    >
      {last ? (
        <div className="grid gap-2 text-sm">
          <p>
            <Link href={`/drift/${last.id}`} className="text-accent hover:underline">
              {last.status === 'compared' ? 'Compared' : last.status === 'failed' ? 'Not compared' : 'Begun'}{' '}
              <Time at={last.finishedAt ?? last.createdAt} />
            </Link>
          </p>
          {last.status === 'compared' ? <p>{countsText(last)}</p> : null}
          {last.error ? (
            <p className="text-warn">
              {last.error.message} {last.error.hint}
            </p>
          ) : null}
          {last.differing.length > 0 ? (
            <p className="flex flex-wrap gap-x-3 gap-y-1">
              {last.differing.slice(0, 8).map((table) => (
                <TableNameText key={table} name={table} />
              ))}
            </p>
          ) : null}
          <HistoryStrip label={`Earlier comparisons of ${name}`} comparisons={history} />
        </div>
      ) : (
        <p className="text-sm text-ink-soft">
          Not compared yet: the first comparison comes with the schedule.
        </p>
      )}
    </Panel>
  )
}
