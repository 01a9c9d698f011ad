/** The records that a timeline is read from, as they are in our store. */
export interface TimelineRecords {
  targetName: string | null
  incidentEvents: {
    id: string
    at: Date
    kind: string
    actor: string
    body: string
    happenedAt?: Date | null
    correctsId?: string | null
  }[]
  alertEvents: { id: string; at: Date; kind: string; actor: string; note: string; title: string }[]
  guardEvents: {
    id: string
    at: Date
    kind: 'blocked' | 'deleted' | 'overwritten' | 'permitted' | 'expired' | 'tampered' | 'forgotten'
    tableName: string
    rows: number | null
    roleName: string | null
    applicationName: string | null
    clientAddress: string | null
    statement: string | null
  }[]
  healthTurns: {
    id: string
    at: Date
    title: string
    status: string
    severity: string
    details: string
    before: string
  }[]
  backups: {
    id: string
    finishedAt: Date
    kind: string
    status: string
    purpose: string
    requestedBy: string
  }[]
  drills: {
    id: string
    finishedAt: Date
    verdict: string | null
    recoveryMs: number | null
    requestedBy: string
  }[]
  operationEvents: {
    id: string
    at: Date
    operationId: string
    operationKind: string
    status: string
    actor: string
    note: string
  }[]
  refusals: { seq: number; at: Date; actor: string; action: string; reason: string | null }[]
  deployments: {
    id: string
    number: number
    at: Date
    title: string
    status: string
    verdict: string | null
    requestedBy: string
  }[]
  schemaVersions: {
    id: string
    seenAt: Date
    unchangedAt: Date | null
    status: 'first' | 'deployed' | 'accepted' | 'unexplained'
    changes: { name: string; kind: string; change: string }[]
    acceptedBy: string | null
  }[]
  deliveries: {
    id: string
    at: Date
    channel: string
    person: string | null
    kind: string
    title: string
    status: 'queued' | 'sending' | 'sent' | 'failed' | 'held'
    heldBecause: string | null
    attempts: number
    error: string | null
  }[]
}
