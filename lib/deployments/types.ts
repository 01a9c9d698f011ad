import type { JobPhase } from '#lib/jobs/types.ts'

/** A step that was not run is never an approval: only `passed`, `warning` and a reasoned `skipped` let a deployment through. */
export type StepStatus = 'passed' | 'warning' | 'failed' | 'skipped' | 'not-run'

export const stepNames = [
  'statements',
  'blast-radius',
  'constraint-impact',
  'health',
  'backup',
  'rehearsal-forward',
  'rehearsal-rollback',
] as const

export type StepName = (typeof stepNames)[number]

export interface ValidationStep {
  name: StepName
  status: StepStatus
  /** One sentence with the numbers. */
  details: string
  /** Lines of evidence: statements, tables with counts, findings, samples. */
  evidence: string[]
  durationMs: number
}

export type Verdict = 'APPROVED' | 'BLOCKED'

export interface Deployment {
  id: string
  number: number
  targetId: string
  title: string
  status: 'queued' | 'validating' | 'validated' | 'failed'
  verdict: Verdict | null
  request: DeploymentRequest
  steps: ValidationStep[]
  reasons: string[]
  requestedBy: string
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  error: { code: string; message: string; hint: string | null } | null
  jobRunId: string | null
  phases?: JobPhase[]
}

export interface DeploymentRequest {
  migration: string | null
  rollback: string | null
  constraint: { table: string; expression: string } | null
  /** Emergency: what is not validated, and why. Leaves a report all the same. */
  skip: { reason: string } | null
}

/** Something in a migration that takes data away when it runs. */
export interface Destruction {
  kind:
    | 'drop-table'
    | 'drop-column'
    | 'drop-schema'
    | 'truncate'
    | 'delete'
    | 'update'
    | 'change-type'
    | 'drop-other'
  /** As the migration spells it; null for a schema. */
  table: string | null
  column: string | null
  schema: string | null
  /** Whether the statement has a WHERE clause (DELETE and UPDATE). */
  filtered: boolean
  statement: string
}
