import { Panel } from '#components/ui/card.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Time } from '#components/ui/time.tsx'
import { countOf } from '#lib/format/format-count.ts'
import { CoverageTable } from './coverage-table.tsx'
import { GapsSection } from './gaps-section.tsx'
import type { GuardsData } from './guards-data.ts'

function About({ data: { tables, archivedAt } }: { data: GuardsData }) {
  const open = tables.filter((table) => !table.isProtected).length
  if (archivedAt === null) {
    return 'Each protected table. Tables that are not protected are known after the first archive.'
  }
  return (
    <>
      {open === 0
        ? 'Every table that has rows is protected'
        : `Protected tables first; ${countOf(open, 'table')} with rows ${open === 1 ? 'is' : 'are'} not protected yet`}
      , as of the archive taken <Time at={archivedAt} />.
    </>
  )
}

/** What is wrong with more than one table is told once, not at each of them. */
function sharedProblems(tables: GuardsData['tables']): { problem: string; tables: number }[] {
  const counts = new Map<string, number>()
  for (const problem of tables.flatMap((table) => table.problems)) {
    counts.set(problem, (counts.get(problem) ?? 0) + 1)
  }
  return [...counts].flatMap(([problem, count]) => (count > 1 ? [{ problem, tables: count }] : []))
}

/** Each table and everything that protects it, beside the ways past it. */
export function CoverageSection({ data }: { data: GuardsData }) {
  const shared = sharedProblems(data.tables)
  const isTampered = data.tables.some((table) => table.guard === 'tampered' || table.guard === 'missing')
  const told = new Set(shared.map(({ problem }) => problem))
  return (
    <div className="mb-4 grid items-start gap-4 2xl:grid-cols-[minmax(0,1fr)_22rem]">
      <Panel title="Coverage" about={<About data={data} />} flush>
        {shared.length > 0 ? (
          <ul
            className={classNames(
              'grid gap-1 border-b border-line px-4 py-2 text-xs',
              isTampered ? 'bg-bad-tint' : 'bg-warn-tint',
            )}
          >
            {shared.map(({ problem, tables }) => (
              <li key={problem}>
                <span className="font-medium">{countOf(tables, 'table')}:</span> {problem}
              </li>
            ))}
          </ul>
        ) : null}
        <CoverageTable
          tables={data.tables.map((table) => ({
            ...table,
            problems: table.problems.filter((problem) => !told.has(problem)),
          }))}
        />
      </Panel>
      <GapsSection data={data} />
    </div>
  )
}
