import type { CoveredDay } from '#lib/backups/calendar.ts'
import type { Verdict as DrillVerdict } from '#lib/backups/types.ts'
import type { GuardState } from '#lib/guards/types.ts'
import type { OperationListing } from '#lib/operations/queries.ts'
import type { Environment } from '#lib/targets/types.ts'

export type Severity = 'INFO' | 'WARNING' | 'CRITICAL' | 'EMERGENCY'

/** Something that a person must act on, with the one next step. */
export interface Attention {
  key: string
  severity: Severity
  title: string
  detail: string
  since: Date
  step: { label: string; href: string }
}

export interface AttentionAlert {
  id: string
  /** Null: about Holdfast itself. */
  targetId: string | null
  fingerprint: string
  title: string
  details: string
  severity: Severity
  firstSeenAt: Date
  incidentId: string | null
}

/** What waits for a person's decision. */
export type AttentionOperation = Pick<
  OperationListing,
  'id' | 'kind' | 'status' | 'sentence' | 'reason' | 'requestedBy' | 'createdAt'
>

/** How one protected table is covered. Dates are the moments whose content a copy holds. */
export interface TableCoverage {
  table: string
  guard: GuardState | 'never-verified'
  snapshotAt: Date | null
  archiveAt: Date | null
  /** Of the newest passed drill that restored the table. */
  drilledAt: Date | null
  rows: number | null
  countedAt: Date | null
  /** Against 24 hours ago; null where nothing was counted then. */
  change: number | null
  /** Two a day over two weeks, oldest first. Null: not counted then. */
  trend: (number | null)[]
}

/** Something that is not protected, not watched or not proven yet. */
export interface Gap {
  key: string
  text: string
  step: { label: string; href: string }
}

export interface ProtectionSummary {
  /** What the newest good archive holds: everything after it would be lost. */
  archive: { id: string; takenAt: Date } | null
  snapshot: { id: string; takenAt: Date } | null
  proof: { drillId: string; at: Date; recoveryMs: number } | null
  objectives: { exposureMs: number; recoveryMs: number; proofMs: number }
}

export interface DrillPoint {
  id: string
  finishedAt: Date
  verdict: DrillVerdict
  recoveryMs: number | null
}

export interface OverviewDeployment {
  id: string
  number: number
  title: string
  status: string
  verdict: string | null
  createdAt: Date
}

export interface AttentionIncident {
  id: string
  number: number
  title: string
  severity: Severity
  status: string
  beganAt: Date
  stableAt: Date | null
  commander: string | null
  rowsLost: number | null
  rowsRecovered: number | null
}

export interface OverviewIncident extends AttentionIncident {
  /** What it waits for now. */
  next: string
}

/** What stands behind “nothing waits for a person”. */
export interface CalmEvidence {
  checks: { healthy: number; total: number; noData: number; newestAt: Date | null }
  guarded: { installed: number; total: number }
  onCall: { name: string; rotation: string; until: Date }[]
  channels: { working: number; total: number }
  maintenance: { title: string; endsAt: Date } | null
}

/** One target in a line, for those who have several. */
export interface FleetLine {
  id: string
  name: string
  environment: Environment
  kind: 'application' | 'control'
  status: 'critical' | 'attention' | 'calm' | 'unknown'
  /** Why it is not calm, in a few words. Null: it is. */
  because: string | null
  archiveAt: Date | null
  exposureMs: number
  provenAt: Date | null
  proofMs: number
  firing: number
  incident: { id: string; number: number } | null
}

export interface Fleet {
  /** The worst first. */
  lines: FleetLine[]
  total: number
  calm: number
}

export interface Overview {
  target: { id: string; name: string; environment: Environment }
  protection: ProtectionSummary
  incident: OverviewIncident | null
  attention: Attention[]
  /** What waits for somebody's decision; whose depends on who looks. */
  waiting: AttentionOperation[]
  evidence: CalmEvidence
  /** Firing alerts that are worse than a note. */
  firing: { count: number; worst: Severity | null }
  coverage: TableCoverage[]
  gaps: Gap[]
  calendar: CoveredDay[]
  drills: DrillPoint[]
  deployments: OverviewDeployment[]
  /** Holdfast's own database: its newest archive and the last drill that proved one. */
  control: { name: string; archivedAt: Date | null; provenAt: Date | null } | null
}
