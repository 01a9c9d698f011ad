import type { Difference, Facts, SequenceFacts } from '#lib/facts/types.ts'
import type { HealthSeverity, HealthStatus } from '#lib/health/types.ts'
import type { TableName } from '#lib/sql/identifier.ts'

export type BackupKind = 'snapshot' | 'archive'
export type BackupPurpose = 'scheduled' | 'manual' | 'safety' | 'validation'
export type BackupOrigin = 'holdfast' | 'foreign'
export type BackupStatus = 'queued' | 'running' | 'good' | 'suspicious' | 'failed' | 'expiring' | 'expired'
export type Verification = 'checksum' | 'listed' | 'restored' | 'facts-proven'
export type Verdict = 'passed' | 'failed' | 'inconclusive'

/** Why something is not good, as it is kept with the record. */
export interface RecordedError {
  code: string
  message: string
  hint: string | null
}

/** What is known of an archive besides its facts. In the store it is signed together with them. */
export interface ArchiveManifest {
  format: 1
  backupId: string
  targetId: string
  databaseName: string
  takenAt: string
  serverVersion: string
  serverVersionNumber: number
  /** Of the cluster it was taken from: a drill must never run there. */
  systemIdentifier: string | null
  serverStartedAt: string
  encoding: string
  extensions: string[]
  /** Roles that definitions name; a scratch server needs them too. */
  roles: string[]
  pgDumpVersion: string
  /** Before compression: what decompressing may give at most. */
  rawBytes: number
  archiveBytes: number
  sha256: string
  /** HMAC-SHA256 of the archive's bytes under the installation's key. */
  mac: string
  /** Where the sequences stood when the dump was done; at its start they stood where the facts say. */
  sequencesUpTo: SequenceFacts[]
}

export interface SignedArchiveManifest {
  manifest: ArchiveManifest & { facts: Facts }
  keyId: string
  /** HMAC-SHA256 of the manifest's JSON. */
  mac: string
}

/** A protected table and its copy within the target. */
export interface SnapshotTable {
  source: TableName
  /** The relation to read: the copy itself, or a view that gives its columns the live types again. */
  copy: TableName
  /** The relation that stores the rows; survives the loss of the application's own types. */
  stored: TableName
  key: string[] | null
}

export interface SnapshotManifest {
  format: 1
  backupId: string
  targetId: string
  schema: string
  tables: SnapshotTable[]
}

export interface Backup {
  id: string
  targetId: string
  targetName: string
  kind: BackupKind
  purpose: BackupPurpose
  origin: BackupOrigin
  status: BackupStatus
  verification: Verification | null
  verifiedAt: Date | null
  requestedBy: string
  createdAt: Date
  takenAt: Date | null
  finishedAt: Date | null
  durationMs: number | null
  sizeBytes: number | null
  /** What its facts cover. */
  tables: number | null
  rows: number | null
  location: string | null
  serverVersion: string | null
  error: RecordedError | null
  expiresAt: Date | null
  /** A person keeps it from expiring. */
  heldAt: Date | null
  heldBy: string | null
  holdReason: string | null
  jobRunId: string | null
}

export interface BackupDetails extends Backup {
  facts: Facts | null
  manifest: ArchiveManifest | SnapshotManifest | null
}

export interface DrillPhase {
  name: string
  durationMs: number
}

/** One health check of the target, run on the restored copy. It informs only: the facts decide the verdict. */
export interface DrillCheck {
  check: string
  title: string
  status: HealthStatus
  severity: HealthSeverity
  affected: number | null
  details: string
  /** What the same check had found last at the source when the archive was taken; null: it had not run by then. */
  atSource: HealthStatus | null
}

/** One way in which a restored copy is not what it should be: a fact that differs, or an index or table that amcheck found broken. */
export type DrillDifference = Omit<Difference, 'kind'> & { kind: Difference['kind'] | 'corrupt' }

/** What a drill could not look at, or looked at under other circumstances than the source's. */
export interface UncheckedPart {
  what: string
  why: string
  hint: string | null
}

export interface Drill {
  id: string
  targetId: string
  targetName: string
  backupId: string
  status: 'queued' | 'running' | 'finished'
  verdict: Verdict | null
  requestedBy: string
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  phases: DrillPhase[]
  recoveryMs: number | null
  differences: DrillDifference[]
  /** The copy that was restored; null for drills from before there were several. */
  copyId: string | null
  /** What the target's health checks found on the restored copy. */
  checks: DrillCheck[]
  /** What could not be looked at, and why. */
  unchecked: UncheckedPart[]
  /** The drill server's version. */
  serverVersion: string | null
  error: RecordedError | null
  jobRunId: string | null
}

/** What the first page's sentence rests on; each with the record that proves it, null where there is none. */
export interface Protection {
  /** Age of the newest good archive: what would be lost with the database now. Snapshots die with it and do not count. */
  exposureMs: number | null
  exposureBackupId: string | null
  exposureSince: Date | null
  /** Of the newest passed drill. */
  recoveryMs: number | null
  provenDrillId: string | null
  provenAt: Date | null
  /** Age of the newest snapshot: what a careless delete could take at most. */
  rescueMs: number | null
  rescueBackupId: string | null
  rescueSince: Date | null
}
