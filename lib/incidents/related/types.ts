import type { IncidentStatus, Severity } from '#lib/incidents/types.ts'

/** Another incident, and why it may tell something about this one. */
export interface RelatedIncident {
  id: string
  number: number
  title: string
  status: IncidentStatus
  severity: Severity
  targetName: string | null
  beganAt: Date
  resolution: string | null
  /** Sentences, the strongest first. */
  reasons: string[]
}
