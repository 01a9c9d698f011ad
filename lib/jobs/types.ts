import type { Ctx } from '#lib/context.ts'

/** Every kind of background work. `worker/jobs.ts` says which function does it. */
export const jobKinds = [
  'backups.copy',
  'backups.take',
  'backups.verify',
  'deployments.validate',
  'drift.compare',
  'drills.run',
  'guards.grant-agent',
  'guards.install',
  'guards.remove',
  'guards.revoke-agent',
  'guards.verify',
  'health.run',
  'kit.test',
  'operations.plan',
  'operations.run',
  'performance.measure',
  'policy.apply',
  'permits.withdraw',
  'recovery.find',
  'targets.add',
  'targets.check',
] as const

export type JobKind = (typeof jobKinds)[number]

export type JobStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

export interface JobPhase {
  name: string
  startedAt: string
  durationMs: number | null
}

export interface JobRun {
  id: string
  kind: JobKind
  targetId: string | null
  status: JobStatus
  phase: string | null
  progressDone: number | null
  progressTotal: number | null
  phases: JobPhase[]
  result: unknown
  error: { code: string; message: string; hint: string | null } | null
  claimedBy: string | null
  requestedBy: string
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

/** What a job's function gets besides its payload. */
export interface JobScope {
  ctx: Ctx
  jobRunId: string
  targetId: string | null
  /** 1 for the first claim; more when a worker died on the work. */
  attempt: number
  /** Aborted when the lease was lost or a person cancelled: stop, and write nothing more. */
  signal: AbortSignal
  /** Begins a phase; the one before ends. `total` is in the phase's own unit (rows, bytes, tables). */
  phase(name: string, total?: number): Promise<void>
  /** Progress within the phase; written at most twice a second. */
  progress(done: number, total?: number): void
  /** Throws AppError `lease-lost` unless this run still holds the work. Call it before a write that must not happen twice. */
  assertHeld(): Promise<void>
}

/** Does the work. What it returns is kept as the run's result; what it throws is kept as its error. */
export type JobHandler = (scope: JobScope, payload: Record<string, unknown>) => Promise<unknown>

export type JobHandlers = Readonly<Record<JobKind, JobHandler>>
