import { countOf } from '#lib/format/format-count.ts'
import type { FleetLine } from '#lib/overview/types.ts'

export interface FleetFacts {
  kind: FleetLine['kind']
  addedAt: Date
  archiveAt: Date | null
  exposureMs: number
  provenAt: Date | null
  proofMs: number
  firing: number
  critical: number
  /** The worst alert's title. */
  alert: string | null
  incidentNumber: number | null
  checkedAt: Date | null
  /** The window in effect. */
  maintenance: string | null
}

/** A target that was just added gets its first copies within minutes: until then nothing is late. */
const settlingMs = 15 * 60_000
const checkedWithinMs = 15 * 60_000

/** How a target stands, in a word and the reason for it; what is worst counts. A pure rule. */
export function judgeFleetLine(facts: FleetFacts, now: Date): Pick<FleetLine, 'status' | 'because'> {
  const ageMs = (at: Date | null) => (at ? now.getTime() - at.getTime() : Number.POSITIVE_INFINITY)
  const isNew = ageMs(facts.addedAt) < settlingMs
  const isKnown = facts.kind === 'control' || ageMs(facts.checkedAt) < checkedWithinMs
  if (facts.incidentNumber !== null)
    return { status: 'critical', because: `Incident #${facts.incidentNumber} is open` }
  if (facts.maintenance) return { status: isKnown ? 'calm' : 'unknown', because: facts.maintenance }
  if (facts.critical > 0) return { status: 'critical', because: alertWords(facts) }
  if (!facts.archiveAt && !isNew) return { status: 'critical', because: 'No archive' }
  if (facts.firing > 0) return { status: 'attention', because: alertWords(facts) }
  if (facts.archiveAt && ageMs(facts.archiveAt) > facts.exposureMs)
    return { status: 'attention', because: 'The newest archive is too old' }
  if (!isNew && !facts.provenAt) return { status: 'attention', because: 'Never proven' }
  if (facts.provenAt && ageMs(facts.provenAt) > facts.proofMs)
    return { status: 'attention', because: 'The proof is too old' }
  if (!facts.archiveAt || !facts.provenAt)
    return { status: 'unknown', because: 'Just added: first archive and proof are under way' }
  if (!isKnown) return { status: 'unknown', because: 'Not checked lately' }
  return { status: 'calm', because: null }
}

const alertWords = ({ alert, firing }: FleetFacts): string =>
  firing === 1 || !alert ? (alert ?? countOf(firing, 'alert')) : `${alert}, and ${firing - 1} more`
