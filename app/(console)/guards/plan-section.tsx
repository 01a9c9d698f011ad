import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { countOf } from '#lib/format/format-count.ts'
import type { GuardsData } from './guards-data.ts'

/** The SQL that is still to be run; nothing where all is in place. */
export function PlanSection({ data }: { data: GuardsData }) {
  const statements = data.survey?.statements ?? []
  if (statements.length === 0) return null
  return (
    <Panel
      title="What an installation would run"
      about={`${countOf(statements.length, 'statement')}, each in its own short transaction. Nothing else.`}
      className="mb-4"
    >
      <Code label="SQL of the plan">
        {statements.map((statement) => `${statement.trim().replace(/;$/, '')};`).join('\n\n')}
      </Code>
    </Panel>
  )
}
