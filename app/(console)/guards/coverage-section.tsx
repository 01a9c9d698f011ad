import { Panel } from '#components/ui/card.tsx'
import { countOf } from '#lib/format/format-count.ts'
import { CoverageTable } from './coverage-table.tsx'
import { GapsSection } from './gaps-section.tsx'
import type { GuardsData } from './guards-data.ts'

function aboutOf({ tables, knowsAllTables }: GuardsData): string {
  const open = tables.filter((table) => !table.isProtected)
  if (!knowsAllTables) {
    return 'Each protected table. Tables that are not protected are known after the first archive.'
  }
  if (open.length === 0) return 'Every table that has rows is protected.'
  return `Protected tables first; ${countOf(open.length, 'table')} with rows ${open.length === 1 ? 'is' : 'are'} not protected yet.`
}

/** Each table and everything that protects it, beside the ways past it. */
export function CoverageSection({ data }: { data: GuardsData }) {
  return (
    <div className="mb-4 grid items-start gap-4 2xl:grid-cols-[minmax(0,1fr)_22rem]">
      <Panel title="Coverage" about={aboutOf(data)} flush>
        <CoverageTable tables={data.tables} />
      </Panel>
      <GapsSection data={data} />
    </div>
  )
}
