import { Panel } from '#components/ui/card.tsx'
import type { ShownFound } from './comparison-screen.tsx'

/** What a comparison of all common tables says nothing about. */
export function NotComparedPanel({
  found,
  master,
  target,
}: {
  found: ShownFound
  master: string
  target: string
}) {
  const { onlyMaster, onlyTarget, withoutKey } = found.uncompared
  const lines = [
    onlyMaster.length > 0 ? `Only in ${master}: ${onlyMaster.join(', ')}.` : null,
    onlyTarget.length > 0 ? `Only in ${target}: ${onlyTarget.join(', ')}.` : null,
    withoutKey.length > 0
      ? `Without a key, compared only where they are named: ${withoutKey.join(', ')}.`
      : null,
    ...found.unchecked,
  ].filter((line) => line !== null)
  if (lines.length === 0) return null
  return (
    <Panel title="Not compared">
      <ul className="list-disc pl-5 text-sm text-ink-soft wrap-anywhere">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </Panel>
  )
}
