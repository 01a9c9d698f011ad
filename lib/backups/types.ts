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

/** One object of an archive in its store, and what it was before compression and encryption. */
export interface StoredBytes {
  archiveBytes: number
  /** Before compression: what decompressing may give at most. */
  rawBytes: number
  /** Of the stored bytes, for anyone who has `sha256sum`. */
  sha256: string
  /** HMAC-SHA256 of the stored bytes under the installation's key. */
  mac: string
}

/** What of the whole cluster lies beside the archive: roles, memberships, settings. Never a password. */
export interface ArchivedGlobals extends StoredBytes {
  source: 'pg_dumpall' | 'catalog'
  roles: number
  /** What is not in it, in words. */
  missing: string[]
}

/** Which database an archive is of, for a catalogue that has to be rebuilt from manifests alone. No credentials. */
export interface ArchivedTarget {
  name: string
  environment: 'production' | 'staging' | 'development'
  kind: 'application' | 'control'
  host: string
  port: number
}

/** How a database sorts and which letters it knows. */
export interface DatabaseLocale {
  /** c: of the operating system, i: ICU, b: PostgreSQL's own. */
  provider: 'c' | 'i' | 'b'
  collate: string
  ctype: string
  /** Null for the operating system's. */
  locale: string | null
  /** Of the collation, as the database was made with. Null where it has none. */
  version: string | null
}

/** What is known of an archive besides its facts. In the store it is signed together with them. */
export interface ArchiveManifest extends StoredBytes {
  /** 1: zstd alone, in the data directory only. 2: in the age format, with globals. */
  format: 1 | 2
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
  /** Since format 2. A scratch server that has others is told of in the drill. */
  extensionVersions?: Record<string, string>
  /** Since format 2. */
  locale?: DatabaseLocale
  /** Roles that definitions name; a scratch server needs them too. */
  roles: string[]
  pgDumpVersion: string
  /** Where the sequences stood when the dump was done; at its start they stood where the facts say. */
  sequencesUpTo: SequenceFacts[]
  // From here on: format 2 only.
  target?: ArchivedTarget
  purpose?: BackupPurpose
  requestedBy?: string
  /** The policy in force when it was taken. */
  policy?: unknown
  /** Who can open it with an age program, as `age1…`; the first is the installation itself. */
  recipients?: string[]
  /** Null: neither pg_dumpall nor the catalog would tell; `warnings` says why. */
  globals?: ArchivedGlobals | null
  /** What tables and indexes took in the database. */
  databaseBytes?: number
  /** Weaknesses of the tools that made it, and what could not be had. */
  warnings?: string[]
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

/** What a drill comes to; kept as its job's result too. */
export interface DrillResult {
  drillId: string
  backupId: string
  /** Null for an archive from before there were stores. */
  copyId: string | null
  storeName: string | null
  verdict: Verdict
  /** What is proven of the archive now. Null: nothing new. */
  verification: Verification | null
  phases: DrillPhase[]
  /** By the process's own monotonic clock. */
  startedAt: number
  recoveryMs: number | null
  differences: DrillDifference[]
  checks: DrillCheck[]
  unchecked: UncheckedPart[]
  serverVersion: string | null
  error: RecordedError | null
  /** The store answered that an object of the archive is not there. */
  isMissing: boolean
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
