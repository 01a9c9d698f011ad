import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { countOf } from '#lib/format/format-count.ts'
import type { ShownState } from './health-screen.tsx'

const fewTitles = 4

/** What could not be looked at, by what would help: one grant often opens many checks. */
export function NoDataPanel({ states }: { states: readonly ShownState[] }) {
  const unknown = states.filter(({ status }) => status === 'no-data')
  if (unknown.length === 0) return null
  const byRemedy = Map.groupBy(unknown, ({ remedy, details }) => remedy ?? details)
  return (
    <Panel
      title={`No data: ${countOf(unknown.length, 'check')} could not look`}
      about="What was not looked at may be broken. Each is counted as neither healthy nor unhealthy."
    >
      <ul className="grid gap-3 text-sm">
        {[...byRemedy.values()].slice(0, 8).map((together) => {
          const first = together[0]!
          const titles = together.slice(0, fewTitles).map(({ title }) => title)
          const more = together.length - titles.length
          return (
            <li key={first.check} className="grid min-w-0 gap-1">
              <p>
                {titles.join(', ')}
                {more > 0 ? ` and ${more} more` : ''}: <span className="text-ink-soft">{first.details}</span>
              </p>
              {first.remedy ? <Code label="what helps">{first.remedy}</Code> : null}
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}
