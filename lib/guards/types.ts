/** One object of the guard in the target, and what makes it what it should be. */
export interface GuardObject {
  /** The protected table it belongs to; null for what all tables share. */
  table: string | null
  object: string
  state: 'right' | 'missing' | 'different'
  /** What is wrong, as the end of a sentence about the table. Null when nothing is. */
  problem: string | null
  /** The SQL that puts it right. Null where no SQL can: the table itself is missing. */
  statement: string | null
}

/** A way past the guards that is known, and either cannot be closed in PostgreSQL or not with this role's rights. */
export interface KnownGap {
  what: string
  /** Why it is open, and what watches it instead. */
  why: string
}

export interface GuardPlan {
  objects: GuardObject[]
  /** The SQL to run, in order; empty when everything is in place. */
  statements: string[]
  gaps: KnownGap[]
}

/** `outdated`: as it was last installed, and working, but an installation would make something newer of it. */
export type GuardState = 'installed' | 'outdated' | 'missing' | 'tampered' | 'unsupported'

/** A table whose guard refuses: what is outdated still does. Pure. */
export const isGuarding = (state: string | null): boolean => state === 'installed' || state === 'outdated'

export interface TableGuard {
  table: string
  state: GuardState
  problems: string[]
}

/** What `guards.verify` and `guards.install` find. */
export interface GuardReport {
  /** Every protected table has its guard, unchanged. */
  installed: boolean
  tables: TableGuard[]
  gaps: KnownGap[]
  /** What an installation would run now. */
  statements: string[]
  /** Tables with rows that came after the installation, in the schemas of protected ones, that the policy does not name. */
  uncovered: string[]
}

/** What an installation left in a target, kept by us: who takes it away there cannot take it away here. */
export interface RememberedGuards {
  eventTriggers: boolean
  evidence: boolean
  /** The tables beside the protected ones that were there already. */
  tables: string[]
}
