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

/** How an approval came about; before there is one it says `two-person`. */
export type ApprovalMode = 'two-person' | 'solo' | 'break-glass'

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
  /**
   * Opened as `restore`; nobody else writes to the target through Holdfast meanwhile. Of a kind that replaces the database:
   * opened as `owner` beside it, in the server's maintenance database.
   */
  session: TargetSession
  /**
   * Throws AppError `plan-stale` unless this binding hashes to the approved fingerprint.
   * Call it inside the target's transaction, with the plan computed again there.
   */
  assertSamePlan(binding: unknown): void
  /** Throws unless this process still may write: the lease and the hold are its own. `leaveMarker` asks too. */
  assertHeld(): Promise<void>
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
  /** How the target is held while it runs. `read` is for a kind that leaves the live database as it is: archives go on. Default: write. */
  hold?: 'read' | 'write'
  /**
   * The run gives the target's name to another database. No session of the live one survives that, so the run works from
   * beside it, and leaves its marker beforehand in the database that will bear the name: whichever bears it then answers
   * whether the renaming committed.
   */
  replacesDatabase?: true
  plan(ctx: Ctx, job: JobScope, operation: Operation<Request, Plan>): Promise<PlannedOperation<Plan>>
  run(scope: RunScope, operation: Operation<Request, Plan>): Promise<Result>
  /**
   * After the commit: proves the result against the plan's promise. Throws AppError when it does not hold. What it returns
   * is kept as the result instead: the same, with what was found out in proving it.
   */
  verify(
    scope: VerifyScope,
    operation: Operation<Request, Plan>,
    result: Result,
    // biome-ignore lint/suspicious/noConfusingVoidType: most kinds only prove, and return nothing.
  ): Promise<Result | void>
}

/** What a proof has of a run: a session of the target, as `restore`. */
export type VerifyScope = Pick<RunScope, 'ctx' | 'job' | 'session'>
