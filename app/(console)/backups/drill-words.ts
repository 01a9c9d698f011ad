import type { Wire } from '#app/_web/wire.ts'
import type { Drill } from '#lib/backups/types.ts'

/** What a drill found, in one line. */
export function outcomeOf(drill: Pick<Wire<Drill>, 'status' | 'error' | 'differences' | 'verdict'>): string {
  if (drill.status !== 'finished') return '—'
  const [first, ...more] = drill.differences
  if (first) {
    return `${first.subject}: ${first.kind}, expected ${first.expected}, found ${first.found}${more.length > 0 ? ` (and ${more.length} more)` : ''}`
  }
  if (drill.error) return drill.error.message
  return drill.verdict === 'passed' ? 'every row and checksum equal' : '—'
}

/** Phases that come after the database was proven: they tell of its state or tidy up, and nobody waits for them. */
const afterwards = new Set(['checks', 'amcheck', 'clean up'])

/** The phases that a recovery takes too. */
export const recoveryPhases = <T extends { name: string }>(phases: readonly T[]): T[] =>
  phases.filter(({ name }) => !afterwards.has(name))
