import type { Source } from './types.ts'

/** One look at one table or check: was it well? */
export interface Observation {
  subject: string
  at: Date
  isWell: boolean
  source: Source
}

export interface FoundMoment {
  /** Null: not one subject was ever seen well. */
  at: Date | null
  limits: { subject: string; lastWellAt: Date | null; firstIllAt: Date; evidence: Source }[]
  subjects: number
  neverWell: string[]
}

/** A stretch of time in which a subject was ill, or may have been: from its last look that was well until the next one. */
interface IllSpan {
  subject: string
  /** The last look that found it well: at this instant it still was. Null: it was ill when it was first looked at. */
  lastWellAt: Date | null
  firstIllAt: Date
  /** Null: not seen well again. */
  wellAgainAt: Date | null
  evidence: Source
}

/**
 * The newest moment, not after the first sign of the loss, at which nothing that was looked at was ill or may have been.
 * Between a look that was well and one that was not lies the turn, nobody knows where: that stretch counts as ill from
 * its beginning. What was well at every look says nothing against a moment; what never was is left out and named.
 * A pure rule.
 */
export function findMoment(observations: readonly Observation[], lossAt: Date): FoundMoment {
  const bySubject = Map.groupBy(observations, ({ subject }) => subject)
  const spans: IllSpan[] = []
  const neverWell: string[] = []
  for (const [subject, looks] of bySubject) {
    const ordered = looks.toSorted(byInstant)
    if (ordered.some(({ isWell }) => isWell)) spans.push(...spansOf(subject, ordered))
    else neverWell.push(subject)
  }
  const judged = bySubject.size - neverWell.length
  if (judged === 0) return { at: null, limits: [], subjects: 0, neverWell: neverWell.sort() }
  const { at, limits } = goBack(spans, lossAt)
  return { at, limits, subjects: judged, neverWell: neverWell.sort() }
}

/** Of two looks at one instant the one that found it ill counts: it comes later. */
const byInstant = (a: Observation, b: Observation): number =>
  a.at.getTime() - b.at.getTime() || Number(b.isWell) - Number(a.isWell)

function spansOf(subject: string, ordered: readonly Observation[]): IllSpan[] {
  const spans: IllSpan[] = []
  let well: Observation | null = null
  let open: IllSpan | null = null
  for (const look of ordered) {
    if (look.isWell) {
      if (open) open.wellAgainAt = look.at
      open = null
      well = look
    } else if (!open) {
      open = {
        subject,
        lastWellAt: well?.at ?? null,
        firstIllAt: look.at,
        wellAgainAt: null,
        evidence: look.source,
      }
      spans.push(open)
    }
  }
  return spans
}

/** From the loss back over every stretch that reaches it, as far as they hang together. */
function goBack(spans: readonly IllSpan[], lossAt: Date): Pick<FoundMoment, 'at' | 'limits'> {
  let at: Date | null = lossAt
  const crossed: IllSpan[] = []
  // By their beginnings, the latest first: one that was passed over begins after every moment that is reached later.
  for (const span of spans.toSorted((a, b) => startOf(b) - startOf(a))) {
    if (!at || startOf(span) >= at.getTime()) continue
    if (span.wellAgainAt !== null && span.wellAgainAt <= at) continue
    at = span.lastWellAt
    crossed.push(span)
  }
  const limits = crossed
    .toReversed()
    .map(({ subject, lastWellAt, firstIllAt, evidence }) => ({ subject, lastWellAt, firstIllAt, evidence }))
  return { at, limits }
}

/** One that was ill from the first look on reaches back for ever. */
const startOf = ({ lastWellAt }: IllSpan): number => lastWellAt?.getTime() ?? Number.NEGATIVE_INFINITY
