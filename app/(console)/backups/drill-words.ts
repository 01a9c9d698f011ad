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
