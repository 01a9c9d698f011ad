import type { RestorePlan, RestoreResult } from '#lib/restores/types.ts'
import type { LockoutReason } from '#lib/targets/membership-sql.ts'
import type { OrganizationFinding } from '#lib/targets/ownership-sql.ts'

export type RecoveryReason = LockoutReason | 'without-role'

export interface RecoverySource {
  kind: 'journal' | 'snapshot' | 'archive'
  backupId: string | null
  /** The moment of the evidence; of the journal the end of what was read. */
  at: string
}

/**
 * Why something that a user had once is not given back: an approved act took it, it was gone before the loss began, its own
 * time ended, its organisation is gone.
 */
export const removals = ['approved', 'earlier', 'ended', 'organization'] as const
export type Removal = (typeof removals)[number]

/** A membership or a role that a user had, and where that was found. */
export interface FormerMembership {
  /** The table that held it. */
  relation: string
  organization: string
  organizationLabel: string | null
  role: string | null
  expiresAt: string | null
  source: RecoverySource
  /** When it was seen in force for the last time, and from when on it certainly was not; null: nobody knows. */
  seenAt: string
  goneAt: string | null
}

export interface RemovedMembership extends FormerMembership {
  removal: Removal
  /** Of an approved act. */
  operationId: string | null
}

export interface LockedOutUser {
  user: string
  label: string | null
  reason: RecoveryReason
  /** What is given back. */
  had: FormerMembership[]
  /** What is not, and why. */
  removed: RemovedMembership[]
}

export interface FoundOrganizations {
  finding: OrganizationFinding
  affected: number
  samples: { id: string; label: string | null }[]
}

/** What can be chosen where nothing was found: least privilege first. */
export interface RecoveryChoices {
  organizations: { key: string; label: string | null; members: number }[]
  roles: { role: string; holders: number; owns: boolean }[]
}

/** What `recovery find` gives. */
export interface RecoverySearch {
  searchedAt: string
  /** What was gone before is not taken for lost. */
  lostSince: string
  /** Whether archives were opened as well. */
  archives: boolean
  memberships: {
    name: string
    livingUsers: number
    users: LockedOutUser[]
    organizations: FoundOrganizations[]
    choices: RecoveryChoices
  }[]
  /** What was looked through, newest first. */
  searched: RecoverySource[]
  /** What could not be looked through, one sentence each. */
  problems: string[]
}

export interface RecoveryPlan extends Pick<RestorePlan, 'tables'> {
  membership: string
  /** The end of the evidence that was read; the run reads the same. */
  until: string
  /** The beginning of the loss. */
  lostSince: string
  users: LockedOutUser[]
  /** Those who get something back, or what was chosen for them. */
  served: string[]
  /** Locked out, and nothing is given back to them. */
  unfound: string[]
}

export interface RecoveryResult extends RestoreResult {
  /** From the request until access was checked in the writing transaction: what those who wait feel. */
  accessAfterMs: number
  access: {
    /** Who has access again. */
    people: number
    accessAfterMs: number
    /** From the beginning of the run to the check. */
    runMs: number
  }
}
