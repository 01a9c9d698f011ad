import { and, asc, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { users } from '#drizzle/schema/auth.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { operationEvents, operations } from '#drizzle/schema/operations.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { getSoloMode } from '#lib/auth/solo-mode.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'
import type { JobPhase, JobStatus } from '#lib/jobs/types.ts'
import type { OperationRow } from '#lib/operations/move-operation.ts'
import { isSoloApprovalVoid } from '#lib/operations/solo-approval.ts'
import type { ApprovalMode, OperationStatus, PlanSummary } from '#lib/operations/types.ts'
import { isUuid } from '#lib/sql/uuid.ts'
import type { Environment } from '#lib/targets/types.ts'

const approvers = alias(users, 'approvers')
const planJobs = alias(jobRuns, 'plan_jobs')
const runJobs = alias(jobRuns, 'run_jobs')

const listHint = 'List them with: holdfast operations list'

export interface OperationError {
  code: string
  message: string
  hint: string | null
}

export interface OperationListing {
  id: string
  kind: string
  targetId: string
  targetName: string
  environment: Environment
  incidentId: string | null
  incidentNumber: number | null
  status: OperationStatus
  reason: string
  fingerprint: string | null
  needsApproval: boolean
  approvalMode: ApprovalMode
  requestedBy: string
  requestedByUserId: string | null
  approvedBy: string | null
  createdAt: Date
  approveBy: Date | null
  /** It may not run before: whoever approved alone waits. Null: at once. */
  runFrom: Date | null
  runBy: Date | null
  startedAt: Date | null
  finishedAt: Date | null
  /** The plan's sentence; null until it is planned. */
  sentence: string | null
  promisedRows: number | null
  /** Of an undo: the operation that it takes back. */
  undoesOperationId: string | null
  /** The undo of this one that succeeded, or else the one under way. */
  undoneBy: string | null
  error: OperationError | null
}

export interface OperationEvent {
  at: Date
  status: OperationStatus
  actor: string
  note: string
}

export interface OperationJob {
  id: string
  status: JobStatus
  phase: string | null
  progressDone: number | null
  progressTotal: number | null
  phases: JobPhase[]
  error: OperationError | null
  attempts: number
}

export interface OperationDetails extends OperationListing {
  request: unknown
  summary: PlanSummary | null
  result: unknown
  approvedAt: Date | null
  runBegunBy: string | null
  plannedAt: Date | null
  events: OperationEvent[]
  planJob: OperationJob | null
  runJob: OperationJob | null
  /** Whether one person alone may act in this installation now. */
  soloMode: boolean
}

/** The state at this moment: an operation whose time is over is expired, also before a worker has recorded it. */
export const statusNow = sql<OperationStatus>`case
  when ${operations.status} = 'awaiting-approval' and ${operations.approveBy} <= now() then 'expired'
  when ${operations.status} = 'approved' and (${operations.runBy} <= now() or ${isSoloApprovalVoid}) then 'expired'
  else ${operations.status} end`

const listing = {
  id: operations.id,
  kind: operations.kind,
  targetId: operations.targetId,
  targetName: targets.name,
  environment: targets.environment,
  incidentId: operations.incidentId,
  incidentNumber: incidents.number,
  status: statusNow,
  reason: operations.reason,
  fingerprint: operations.fingerprint,
  needsApproval: operations.needsApproval,
  approvalMode: operations.approvalMode,
  requestedBy: operations.requestedBy,
  requestedByUserId: operations.requestedByUserId,
  approvedBy: sql<string | null>`case when ${operations.approvalMode} = 'break-glass' then (
    select opened.actor from ${operationEvents} opened
    where opened.operation_id = ${operations.id} and opened.status = 'approved' order by opened.at desc limit 1
  ) else 'user:' || ${approvers.email} end`,
  createdAt: operations.createdAt,
  approveBy: operations.approveBy,
  runFrom: operations.runFrom,
  runBy: operations.runBy,
  startedAt: operations.startedAt,
  finishedAt: operations.finishedAt,
  sentence: sql<string | null>`${operations.plan} #>> '{summary,sentence}'`,
  promisedRows: sql<number | null>`(${operations.plan} #>> '{summary,promisedRows}')::float8`,
  undoesOperationId: operations.undoesOperationId,
  undoneBy: sql<string | null>`(
    select undo.id from operations undo
    where undo.undoes_operation_id = ${operations.id}
      and undo.status not in ('failed', 'refused', 'expired', 'cancelled')
    order by undo.status = 'succeeded' desc, undo.created_at desc limit 1)`,
  error: sql<OperationError | null>`${operations.error}`,
}

/** The whole row, for those who act on it. Throws AppError `operation-not-found`. */
export async function getOperationRow(db: DbOrTx, operationId: string): Promise<OperationRow> {
  if (!isUuid(operationId)) throw notFound('operation', operationId, listHint)
  const [row] = await db.select().from(operations).where(eq(operations.id, operationId))
  if (!row) throw notFound('operation', operationId, listHint)
  return row
}

/** The id that a person means: the whole, or its beginning when that is enough. Throws AppError `operation-not-found`. */
export async function resolveOperationId(db: DbOrTx, text: string): Promise<string> {
  const given = text.toLowerCase()
  if (isUuid(given)) return given
  const beginning = /^[0-9a-f-]{6,35}$/.test(given)
  const rows = beginning
    ? await db
        .select({ id: operations.id })
        .from(operations)
        .where(sql`${operations.id}::text like ${`${given}%`}`)
        .limit(2)
    : []
  if (rows.length === 1) return rows[0]!.id
  throw notFound('operation', text, listHint)
}

const listed = (db: DbOrTx) =>
  db
    .select(listing)
    .from(operations)
    .innerJoin(targets, eq(targets.id, operations.targetId))
    .leftJoin(approvers, eq(approvers.id, operations.approvedByUserId))
    .leftJoin(incidents, eq(incidents.id, operations.incidentId))

export interface OperationFilter {
  targetId?: string | undefined
  incidentId?: string | undefined
  statuses?: readonly OperationStatus[] | undefined
  before?: Date | undefined
  limit?: number | undefined
}

/** Operations, newest first. */
export async function listOperations(db: DbOrTx, filter: OperationFilter = {}): Promise<OperationListing[]> {
  return listed(db)
    .where(
      and(
        filter.targetId ? eq(operations.targetId, filter.targetId) : undefined,
        filter.incidentId ? eq(operations.incidentId, filter.incidentId) : undefined,
        filter.statuses ? inArray(statusNow, [...filter.statuses]) : undefined,
        filter.before ? lt(operations.createdAt, filter.before) : undefined,
      ),
    )
    .orderBy(desc(operations.createdAt))
    .limit(Math.min(filter.limit ?? 100, 500))
}

/** One operation with its plan, its events and its jobs. Throws AppError `operation-not-found`. */
export async function getOperation(db: DbOrTx, operationId: string): Promise<OperationDetails> {
  const row = await getOperationRow(db, operationId)
  const [[listedRow], events, solo, jobs] = await Promise.all([
    listed(db).where(eq(operations.id, operationId)),
    listOperationEvents(db, operationId),
    getSoloMode(db),
    db
      .select({ plan: planJobs, run: runJobs })
      .from(operations)
      .leftJoin(planJobs, eq(planJobs.id, operations.planJobRunId))
      .leftJoin(runJobs, eq(runJobs.id, operations.runJobRunId))
      .where(eq(operations.id, operationId)),
  ])
  return {
    ...listedRow!,
    request: row.request,
    summary: (row.plan as { summary?: PlanSummary } | null)?.summary ?? null,
    result: row.result,
    approvedAt: row.approvedAt,
    runBegunBy: row.runBegunBy,
    plannedAt: row.plannedAt,
    events,
    planJob: toJob(jobs[0]!.plan),
    runJob: toJob(jobs[0]!.run),
    soloMode: solo.on,
  }
}

export async function listOperationEvents(db: DbOrTx, operationId: string): Promise<OperationEvent[]> {
  const rows = await db
    .select({
      at: operationEvents.at,
      status: operationEvents.status,
      actor: operationEvents.actor,
      note: operationEvents.note,
    })
    .from(operationEvents)
    .where(eq(operationEvents.operationId, operationId))
    .orderBy(asc(operationEvents.at))
  return rows as OperationEvent[]
}

const toJob = (row: typeof jobRuns.$inferSelect | null): OperationJob | null =>
  row && {
    id: row.id,
    status: row.status,
    phase: row.phase,
    progressDone: row.progressDone,
    progressTotal: row.progressTotal,
    phases: row.phases as JobPhase[],
    error: row.error as OperationError | null,
    attempts: row.attempts,
  }
