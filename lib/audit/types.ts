export interface AuditEntry {
  seq: number
  at: Date
  actor: string
  action: string
  outcome: 'done' | 'refused' | 'failed'
  subject: string | null
  target: string | null
  reason: string | null
  detail: Record<string, unknown>
  hash: string
}

export interface AuditFilter {
  /** Part of the actor: `ada@`, `operator:`. */
  actor?: string | undefined
  /** The action, or its noun: `operations`, `operations.run`. */
  action?: string | undefined
  outcome?: AuditEntry['outcome'] | undefined
  target?: string | undefined
  subject?: string | undefined
  /** Leaves out what the worker did by itself. */
  people?: boolean | undefined
  from?: Date | undefined
  until?: Date | undefined
}

/** What a walk over the whole chain found. */
export interface AuditVerification {
  ok: boolean
  entries: number
  /** The first sequence number that does not hold; null when all do. */
  firstBroken: number | null
}
