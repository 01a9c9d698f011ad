import { Panel } from '#components/ui/card.tsx'
import { CoverageTable } from './coverage-table.tsx'
import type { GuardsData } from './guards-data.ts'

/** Each table and everything that protects it. */
export function CoverageSection({ data }: { data: GuardsData }) {
  return (
    <Panel
      title="Coverage"
      about="Each protected table, and everything that protects it."
      flush
      className="mb-4"
    >
      <CoverageTable tables={data.tables} />
    </Panel>
  )
}
