import type { IncidentKind, Severity } from '#lib/incidents/types.ts'

/** Of several durations the middle one and the longest. Null: it happened in none. */
export interface Spread {
  medianMs: number | null
  worstMs: number | null
}

export interface MonthReport {
  /** `2026-03`, in the report's zone; an incident counts in the month in which it began. */
  month: string
  incidents: number
  /** Not resolved yet: their clocks that still run count in none of the spreads. */
  open: number
  detect: Spread
  acknowledge: Spread
  recover: Spread
  resolve: Spread
  rowsLost: number
  rowsRecovered: number
  severities: Partial<Record<Severity, number>>
  kinds: Partial<Record<IncidentKind, number>>
}

/** What is counted of one incident. */
export interface CountedIncident {
  kind: IncidentKind
  severity: Severity
  beganAt: Date
  openedAt: Date
  acknowledgedAt: Date | null
  stableAt: Date | null
  resolvedAt: Date | null
  rowsLost: number | null
  rowsRecovered: number | null
}
