import { Panel } from '#components/ui/card.tsx'
import type { GuardsData } from './guards-data.ts'

/** The known ways past the guards of this target. */
export function GapsSection({ data }: { data: GuardsData }) {
  const gaps = data.survey?.gaps ?? []
  return (
    <Panel
      title="Known ways past the guards"
      about="What they do not stop here, and what watches it instead."
    >
      {gaps.length === 0 ? (
        <p className="text-sm text-ink-soft">Not known yet: verify the guards once.</p>
      ) : (
        <dl className="grid gap-x-6 gap-y-3 text-sm sm:grid-cols-2 2xl:grid-cols-1">
          {gaps.map((gap) => (
            <div key={gap.what}>
              <dt className="font-medium">{gap.what}</dt>
              <dd className="text-ink-soft">{gap.why}</dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  )
}
