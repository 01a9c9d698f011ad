import type { Severity } from '#lib/severity.ts'
import type { LastGoodState } from './last-good-state/types.ts'

export const incidentStatuses = ['open', 'investigating', 'stable', 'resolved', 'closed'] as const
export type IncidentStatus = (typeof incidentStatuses)[number]

export { type Severity, severities } from '#lib/severity.ts'

/** What kind of trouble it is: which runbook it has. */
export const incidentKinds = [
  'data-loss',
  'locked-out',
  'backups',
  'guards',
  'database',
  'deployment',
  'drift',
  'performance',
  'holdfast',
  'other',
] as const
export type IncidentKind = (typeof incidentKinds)[number]

export const kindTitles: Record<IncidentKind, string> = {
  'data-loss': 'Data loss',
  'locked-out': 'People locked out',
  backups: 'Backups',
  guards: 'Guards',
  database: 'Database in trouble',
  deployment: 'Deployment',
  drift: 'Databases apart',
  performance: 'Slow',
  holdfast: 'Holdfast itself',
  other: 'Other',
}

export interface Incident {
  id: string
  number: number
  title: string
  kind: IncidentKind
  severity: Severity
  status: IncidentStatus
  /** Null: it is about Holdfast itself. */
  targetId: string | null
  targetName: string | null
  environment: string | null
  commander: string | null
  /** Who works on it. */
  assignee: string | null
  openedAt: Date
  openedBy: string
  beganAt: Date
  acknowledgedAt: Date | null
  stableAt: Date | null
  resolvedAt: Date | null
  closedAt: Date | null
  rowsLost: number | null
  rowsRecovered: number | null
  lastGoodState: LastGoodState | null
  resolution: string | null
}

export const timelineKinds = [
  'deployment',
  'schema',
  'guard',
  'health',
  'alert',
  'message',
  'incident',
  'note',
  'approval',
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
  /** Of something that happened again and again: how often, and when last. */
  times?: number | undefined
  lastAt?: Date | undefined
  /** Of a note about an earlier moment: when it was written. */
  writtenAt?: Date | undefined
  /** Of a correction: the entry that it corrects. */
  corrects?: string | undefined
}
