import { Panel } from '#components/ui/card.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import type { GuardsData } from './guards-data.ts'

const titles: Record<string, string> = {
  'guards.grant-agent': 'Granting an agent',
  'guards.install': 'Installing guards',
  'guards.remove': 'Removing guards',
  'guards.revoke-agent': 'Revoking an agent',
  'guards.verify': 'Verifying guards',
  'policy.apply': 'Changing the policy',
}

/** The installation, removal, verification or change of the policy that waits, runs or failed just now. */
export function WorkSection({ data: { work } }: { data: GuardsData }) {
  if (!work) return null
  return (
    <Panel title={titles[work.kind] ?? work.kind} className="mb-4">
      <PhaseList run={work} />
    </Panel>
  )
}
