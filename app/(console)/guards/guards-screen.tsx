'use client'

import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import { PageHeader } from '#components/ui/page-header.tsx'
import { isGuarding } from '#lib/guards/types.ts'
import { AgentsSection } from './agents-section.tsx'
import { BlockedSection } from './blocked-section.tsx'
import { BudgetsSection } from './budgets-section.tsx'
import { CoverageSection } from './coverage-section.tsx'
import { DeletesSection } from './deletes-section.tsx'
import { GuardButtons } from './guard-buttons.tsx'
import { PermitsSection } from './permits-section.tsx'
import { PlanSection } from './plan-section.tsx'
import type { guardsRead } from './queries.ts'
import { SummarySection } from './summary-section.tsx'
import { WorkSection } from './work-section.tsx'

/** The Guards page: one line per section. */
export function GuardsScreen({ loaded }: { loaded: Loaded<ReadData<typeof guardsRead>> }) {
  const { data } = useLoaded(loaded)
  const { role, target, tables, survey, work } = data
  const isTampered = tables.some((table) => table.guard === 'tampered')
  const isKnown = isTampered || tables.some((table) => isGuarding(table.guard))
  const isOutdated = !isTampered && tables.some((table) => table.guard === 'outdated')
  return (
    <>
      <PageHeader
        title="Guards"
        about="Triggers inside the database that refuse to lose data, count what goes, and keep an image of each row they let go."
        actions={
          <GuardButtons
            role={role}
            target={target.name}
            busy={work !== null && work.status !== 'failed'}
            isInstalled={survey !== null && survey.statements.length === 0}
            isKnown={isKnown}
            isOutdated={isOutdated}
          />
        }
      />
      <WorkSection data={data} />
      <SummarySection data={data} />
      <PlanSection data={data} />
      <CoverageSection data={data} />
      <BudgetsSection data={data} />
      <PermitsSection targetId={target.id} />
      <AgentsSection targetId={target.id} />
      <BlockedSection data={data} />
      <DeletesSection data={data} />
    </>
  )
}
