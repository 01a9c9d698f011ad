export const incidentStatuses = ['open', 'investigating', 'stable', 'resolved', 'closed'] as const
export type IncidentStatus = (typeof incidentStatuses)[number]

export type Severity = 'INFO' | 'WARNING' | 'CRITICAL' | 'EMERGENCY'

export interface Incident {
  id: string
  number: number
  title: string
  severity: Severity
  status: IncidentStatus
  targetId: string | null
  targetName: string | null
  environment: string | null
  commander: string | null
  openedAt: Date
  openedBy: string
  beganAt: Date
  acknowledgedAt: Date | null
  stableAt: Date | null
  resolvedAt: Date | null
  closedAt: Date | null
  rowsLost: number | null
  rowsRecovered: number | null
  resolution: string | null
}

export const timelineKinds = [
  'deployment',
  'guard',
  'health',
  'alert',
  'incident',
  'note',
  'operation',
  'refusal',
  'backup',
  'drill',
] as const
export type TimelineKind = (typeof timelineKinds)[number]

/** One thing that happened, whatever record it was read from. */
export interface TimelineEntry {
  /** Unique within the timeline and stable between reads: the source's name and its row's id. */
  key: string
  at: Date
  kind: TimelineKind
  title: string
  detail: string | null
  actor: string | null
  href: string | null
  /** Whether things got worse or better by it. */
  turn?: 'worse' | 'better' | undefined
}
