import type { RestorePlan } from '#lib/restores/types.ts'
import type { LockoutReason } from '#lib/targets/membership-sql.ts'

export type RecoveryReason = LockoutReason | 'without-role'

export interface RecoverySource {
  kind: 'journal' | 'snapshot' | 'archive'
  backupId: string | null
  /** The moment of the evidence. */
  at: string
}

/** A membership that let its user in, and where that was found. */
export interface FormerMembership {
  /** The table that held it. */
  relation: string
  organization: string
  organizationLabel: string | null
  role: string | null
  source: RecoverySource
}

export interface LockedOutUser {
  user: string
  label: string | null
  reason: RecoveryReason
  had: FormerMembership[]
}

/** What `recovery find` gives. */
export interface RecoverySearch {
  searchedAt: string
  memberships: {
    name: string
    livingUsers: number
    users: LockedOutUser[]
  }[]
  /** What was looked through, newest first. */
  searched: RecoverySource[]
}

export interface RecoveryPlan extends Pick<RestorePlan, 'tables'> {
  membership: string
  /** The end of the journal that was read; the run reads the same. */
  until: string
  users: LockedOutUser[]
  /** Locked out, and nothing was found of what they had. */
  unfound: string[]
}
