/** What is known of one mirror of the policy: tables that should be like another target's. */
export interface MirrorFact {
  mirror: string
  master: string
  /** Since when this policy is in force. */
  since: Date
  /** When it is compared: a cron expression. */
  schedule: string
  /** The newest comparison that ended. */
  newest: {
    finishedAt: Date
    /** Null: it failed, and nothing is known. */
    inSync: boolean | null
    /** Why it failed. */
    message: string | null
    hint: string | null
    missing: number
    extra: number
    changed: number
    /** Rows, on either side, that refer to something which is not there. */
    orphans: number
    /** The tables that differ. */
    tables: string[]
    /** Those of them that the policy protects, or that say who may do what. */
    weighty: string[]
  } | null
}

export interface DriftFacts {
  mirrors: MirrorFact[]
}
