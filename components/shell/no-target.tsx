import { Card } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'

/** What a page about a target shows where there is none yet. */
export function NoTarget() {
  return (
    <>
      <PageHeader title="Nothing is protected yet" />
      <Card>
        <EmptyState title="Add the first database">
          <p>Holdfast looks at it, proposes a policy, and changes nothing in it until you say so.</p>
          <Code label="command" className="mt-2 text-left">
            {
              'holdfast targets add NAME --url postgresql://user:password@host:5432/database --environment production'
            }
          </Code>
        </EmptyState>
      </Card>
    </>
  )
}
