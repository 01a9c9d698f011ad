import type { Severity } from '#lib/severity.ts'
import type { ArchiveFacts } from './archive-types.ts'
import type { DisasterFacts } from './disaster-types.ts'
import type { DriftFacts } from './drift-types.ts'

export { isWorse, type Severity, severities } from '#lib/severity.ts'

export type AlertStatus = 'firing' | 'acknowledged' | 'silenced' | 'resolved'

/** The newest finding of one check. */
export interface CheckFact {
  check: string
  area: string
  title: string
  status: 'healthy' | 'unhealthy' | 'no-data'
  severity: Severity
  affected: number | null
  details: string
  remedy: string | null
  checkedAt: Date
  /** Since when it has had this status. */
  since: Date
  /** When, within the last day, it was last found better than now: healthy, or with fewer affected. */
  lastBetterAt: Date | null
}

/** What the guard of one table refused within the window that alerts look at. */
export interface BlockedFact {
  table: string
  attempts: number
  /** Rows of the largest attempt; null when only the attempt itself could be proven. */
  largestRows: number | null
  firstAt: Date
  lastAt: Date
  roles: string[]
  applications: string[]
  /** What was attempted, where it is known. */
  acts: ('delete' | 'update')[]
  /** The limits and rules that were met: `statement`, `window`, `drop`, `truncate`, … */
  exceeded: string[]
}

export interface GuardFact {
  table: string
  state: 'installed' | 'outdated' | 'missing' | 'tampered' | 'unsupported'
  problems: string[]
  verifiedAt: Date
  /** When it was last found gone or changed although nobody had asked for its removal. */
  brokenAt: Date | null
}

/** Tables with rows that came after the guards' installation and that nobody covers. */
export interface UncoveredFact {
  tables: string[]
  surveyedAt: Date
}

/** One person alone weakened a production target's protection, newest first. */
export interface BrokenGlassFact {
  at: Date
  by: string
  act: string
  losses: string[]
}

/** An operation that one person approved alone: in solo mode, or at the host without anybody. */
export interface AloneOperationFact {
  operationId: string
  mode: 'solo' | 'break-glass'
  at: Date
  by: string
  /** The plan's sentence. */
  what: string
  reason: string
  /** What its timeline says of the approval. */
  note: string
  runFrom: Date | null
  /** It has not begun, so that it can still be refused. */
  isWaiting: boolean
}

/** The newest finished backup of one kind. */
export interface BackupFact {
  id: string
  kind: 'snapshot' | 'archive'
  status: 'good' | 'suspicious' | 'failed' | 'expired'
  finishedAt: Date
  message: string | null
}

export interface DrillFact {
  id: string
  verdict: 'passed' | 'failed' | 'inconclusive'
  finishedAt: Date
  message: string | null
}

/** The two newest measurements of one probe that ran. */
export interface ProbeFact {
  probe: string
  verdict: string
  previousVerdict: string | null
  medianMs: number | null
  changePercent: number | null
  measuredAt: Date
}

/** Everything that alerts are judged from, read in one go from our own records. */
export interface AlertFacts extends ArchiveFacts, DisasterFacts, DriftFacts {
  /** The control database's clock. */
  now: Date
  targetName: string
  targetAddedAt: Date
  /** When the last attempt to reach it failed; null when it succeeded. */
  unreachableSince: Date | null
  objectives: { exposureMinutes: number; proofHours: number }
  /** Cron expressions out of the policy. */
  schedules: { health: string; archive: string }
  checks: CheckFact[]
  blocked: BlockedFact[]
  guards: GuardFact[]
  /** Null: no guards were installed there. */
  uncovered: UncoveredFact | null
  brokenGlass: BrokenGlassFact[]
  aloneOperations: AloneOperationFact[]
  /** What the newest good backup of any kind, and the newest good archive, hold: the moments they were taken. */
  lastGoodBackupAt: Date | null
  lastGoodArchiveAt: Date | null
  backups: BackupFact[]
  /** The newest finished drill of any verdict, and the newest that passed or failed. */
  lastDrill: DrillFact | null
  lastConclusiveDrill: DrillFact | null
  lastPassedDrillAt: Date | null
  probes: ProbeFact[]
}

/** One thing that is wrong now. At most one alert is open for it. */
export interface Problem {
  fingerprint: string
  title: string
  details: string
  remedy: string | null
  severity: Severity
  /** When this evidence was made. The same evidence never counts, and never fires, twice. */
  seenAt: Date
}

export interface Judgement {
  problems: Problem[]
  /** Fingerprints about which nothing is known now; `prefix*` means all that begin so. Their alerts stay as they are. */
  unknown: string[]
}
