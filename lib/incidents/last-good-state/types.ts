/** Records hold instants as text: this is kept as JSON with its incident. */
type Instant = string

/** What set the moment: after the first of these instants nothing says that it was well, at the second it was not. */
export interface Limit {
  /** A table or a check. */
  subject: string
  /** Null: it was ill when it was first looked at. */
  lastWellAt: Instant | null
  firstIllAt: Instant
  /** The record that says so. */
  evidence: Source
}

export const sources = ['journal', 'row-counts', 'checks', 'backups'] as const
export type Source = (typeof sources)[number]

export type Verification = 'checksum' | 'listed' | 'restored' | 'facts-proven'

export interface KnownBackup {
  id: string
  kind: 'snapshot' | 'archive'
  takenAt: Instant
  verification: Verification | null
  verifiedAt: Instant | null
}

/** What one table got since a backup, as far as its row counts tell: a whole restore would lose it. */
export interface WrittenSince {
  table: string
  rows: number
}

/**
 * The newest moment that everything is known to have been well, and the proven backup nearest before it. Kept with the
 * incident, computed anew while it is open.
 */
export interface LastGoodState {
  /** Null: nothing that was looked at was ever well. */
  at: Instant | null
  /** The first sign of the loss; the moment is never after it. */
  lossAt: Instant
  computedAt: Instant
  limits: Limit[]
  /** How many tables and checks were looked at, and the last look at each source. */
  subjects: number
  looks: { source: Source; observations: number; lastAt: Instant | null }[]
  /** Not well at any moment that was looked at: they say nothing about this trouble. */
  neverWell: string[]
  /** Proven: every row and checksum of a restored copy, or of the snapshot itself, was compared with its facts. */
  backup: KnownBackup | null
  /** A newer one from before the loss that nobody has proven yet. */
  unproven: KnownBackup | null
  /** Written between the backup and the loss. A whole restore loses it; putting back rows keeps it. Null: not known. */
  writtenSince: WrittenSince[] | null
  /** For the picture: the copies from shortly before the moment until now, and the drills of them. */
  backups: KnownBackup[]
  drills: { at: Instant; verdict: 'passed' | 'failed' | 'inconclusive'; backupId: string }[]
  /** How many sets of facts were read to find it. */
  factsRead: number
}
