import type postgres from 'postgres'
import type { ZodType } from 'zod'
import type { Ctx } from '#lib/context.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { TargetSession } from '#lib/targets/types.ts'

export type OperationStatus =
  | 'requested'
  | 'planned'
  | 'awaiting-approval'
  | 'approved'
  | 'running'
  | 'verifying'
  | 'succeeded'
  | 'failed'
  | 'refused'
  | 'expired'
  | 'cancelled'

export interface Operation<Request = unknown, Plan = unknown> {
  id: string
  kind: string
  targetId: string
  incidentId: string | null
  status: OperationStatus
  request: Request
  plan: Plan | null
  fingerprint: string | null
  reason: string
  requestedBy: string
}

/** One line of a plan as people read it: what will happen to one table. */
export interface PlannedTable {
  table: string
  missing: number
  changed: number
  extra: number
  newer: number
  /** A few of the rows, as text by column; for a changed row the values in backup and live. */
  samples: {
    kind: 'missing' | 'changed' | 'extra' | 'newer'
    key: string
    keyValues?: string[]
    backup?: Record<string, string | null>
    live?: Record<string, string | null>
  }[]
  /** Sentences: keys that follow, triggers that fire, columns that were dropped since. */
  notes: string[]
}

/** The part of a plan that every kind has, so that one page can show any of them. */
export interface PlanSummary {
  /** One sentence: `Puts back 1,204 rows in 3 tables of salon from the snapshot of 14:02.` */
  sentence: string
  tables: PlannedTable[]
  /** The SQL that will run, for reading and copying. */
  statements: string[]
  warnings: string[]
  /** What it will not bring back or look at, one sentence each. */
  notCovered?: string[]
  /** Tables that are locked while it runs, and how: `public.orders: no writes by others; reading goes on`. */
  locks?: string[]
  estimateMs: number | null
  /** Where the estimate comes from: `like 4 runs before`, or that none is known. */
  estimateFrom?: string
  /** Rows that the run must write, exactly. */
  promisedRows: number
}

export interface PlannedOperation<Plan> {
  plan: Plan & { summary: PlanSummary }
  /** What an approval is bound to: data that differs whenever the run would write something else. Hashed to the fingerprint. */
  binding: unknown
  needsApproval: boolean
}

export interface RunScope {
  ctx: Ctx
  job: JobScope
  /** Opened as `restore`; nobody else writes to the target through Holdfast meanwhile. */
  session: TargetSession
  /**
   * Throws AppError `plan-stale` unless this binding hashes to the approved fingerprint.
   * Call it inside the target's transaction, with the plan computed again there.
   */
  assertSamePlan(binding: unknown): void
  /**
   * Leaves the marker in the target's transaction: after a crash it tells whether that transaction committed.
   * Call it last, with the result, in the same transaction as the writes.
   */
  leaveMarker(transaction: postgres.TransactionSql, result: unknown): Promise<void>
}

/**
 * A kind of guarded act. Its domain makes one of these; `worker/operation-kinds.ts` lists them.
 * `plan` only reads. `run` writes in one transaction of the target and returns what it did.
 */
export interface OperationKind<Request = unknown, Plan = unknown, Result = unknown> {
  kind: string
  request: ZodType<Request>
  plan(ctx: Ctx, job: JobScope, operation: Operation<Request, Plan>): Promise<PlannedOperation<Plan>>
  run(scope: RunScope, operation: Operation<Request, Plan>): Promise<Result>
  /** After the commit: proves the result against the plan's promise. Throws AppError when it does not hold. */
  verify(
    scope: Omit<RunScope, 'assertSamePlan' | 'leaveMarker'>,
    operation: Operation<Request, Plan>,
    result: Result,
  ): Promise<void>
}
