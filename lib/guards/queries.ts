import { and, asc, desc, eq, gt, inArray, or, sql } from 'drizzle-orm'
import { guardEvents, guardStates, guardSurveys } from '#drizzle/schema/guards.ts'
import { rowCounts } from '#drizzle/schema/health.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { GuardState, KnownGap, RememberedGuards } from '#lib/guards/types.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import type { JobRun } from '#lib/jobs/types.ts'

export interface BlockedAttempt {
  id: string
  at: Date
  table: string
  /** Null when only the attempt itself could be proven. */
  rows: number | null
  role: string | null
  application: string | null
  address: string | null
  statement: string | null
  transactionId: string | null
}

/** What the guards of a target refused, newest first. */
export const listBlockedAttempts = (db: DbOrTx, targetId: string, limit = 50): Promise<BlockedAttempt[]> =>
  db
    .select({
      id: guardEvents.id,
      at: guardEvents.at,
      table: guardEvents.tableName,
      rows: guardEvents.rows,
      role: guardEvents.roleName,
      application: guardEvents.applicationName,
      address: guardEvents.clientAddress,
      statement: guardEvents.statement,
      transactionId: guardEvents.transactionId,
    })
    .from(guardEvents)
    .where(and(eq(guardEvents.targetId, targetId), eq(guardEvents.kind, 'blocked')))
    .orderBy(desc(guardEvents.at))
    .limit(limit)

export interface RecentDelete extends BlockedAttempt {
  kind: 'deleted' | 'permitted' | 'tampered'
  detail: Record<string, unknown>
}

/** What the guards let go (and where they were tampered with), newest first. */
export async function listRecentDeletes(db: DbOrTx, targetId: string, limit = 50): Promise<RecentDelete[]> {
  const rows = await db
    .select()
    .from(guardEvents)
    .where(
      and(
        eq(guardEvents.targetId, targetId),
        inArray(guardEvents.kind, ['deleted', 'permitted', 'tampered']),
      ),
    )
    .orderBy(desc(guardEvents.at))
    .limit(limit)
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    kind: row.kind as RecentDelete['kind'],
    table: row.tableName,
    rows: row.rows,
    role: row.roleName,
    application: row.applicationName,
    address: row.clientAddress,
    statement: row.statement,
    transactionId: row.transactionId,
    detail: row.detail as Record<string, unknown>,
  }))
}

export interface KeptGuardState {
  table: string
  state: GuardState
  problems: string[]
  verifiedAt: Date
}

/** Each protected table's guard as last verified. Empty: never looked. */
export async function listGuardStates(db: DbOrTx, targetId: string): Promise<KeptGuardState[]> {
  const rows = await db
    .select()
    .from(guardStates)
    .where(eq(guardStates.targetId, targetId))
    .orderBy(asc(guardStates.tableName))
  return rows.map((row) => ({
    table: row.tableName,
    state: row.state,
    problems: row.problems as string[],
    verifiedAt: row.verifiedAt,
  }))
}

export interface GuardSurvey {
  statements: string[]
  gaps: KnownGap[]
  surveyedAt: Date
}

/** What an installation would run now and what stays open, as last compared. Null: never looked. */
export async function findGuardSurvey(db: DbOrTx, targetId: string): Promise<GuardSurvey | null> {
  const [row] = await db.select().from(guardSurveys).where(eq(guardSurveys.targetId, targetId))
  return row
    ? {
        statements: row.statements as string[],
        gaps: row.gaps as KnownGap[],
        surveyedAt: row.surveyedAt,
      }
    : null
}

/** What the last installation left in the target. Null: there was none, or an older one that did not say. */
export async function findRememberedGuards(db: DbOrTx, targetId: string): Promise<RememberedGuards | null> {
  const [row] = await db
    .select({ remembered: guardSurveys.remembered })
    .from(guardSurveys)
    .where(eq(guardSurveys.targetId, targetId))
  return (row?.remembered as RememberedGuards | null | undefined) ?? null
}

/** Rows deleted from each table within its window, by the journal: how much of the budget is used. */
export async function countDeletedSince(
  db: DbOrTx,
  targetId: string,
  since: Date,
): Promise<Map<string, number>> {
  const rows = await db
    .select({ table: guardEvents.tableName, rows: sql`sum(${guardEvents.rows})`.mapWith(Number) })
    .from(guardEvents)
    .where(
      and(eq(guardEvents.targetId, targetId), eq(guardEvents.kind, 'deleted'), gt(guardEvents.at, since)),
    )
    .groupBy(guardEvents.tableName)
  return new Map(rows.map((row) => [row.table, row.rows]))
}

/** The newest counted rows of each table. Tables that nobody counts are missing. */
export async function listNewestRowCounts(db: DbOrTx, targetId: string): Promise<Map<string, number>> {
  const rows = await db
    .selectDistinctOn([rowCounts.tableName], { table: rowCounts.tableName, rows: rowCounts.rows })
    .from(rowCounts)
    .where(eq(rowCounts.targetId, targetId))
    .orderBy(rowCounts.tableName, desc(rowCounts.countedAt))
  return new Map(rows.map((row) => [row.table, row.rows]))
}

/** Whether an installation, removal or verification waits or runs. */
export async function findGuardWork(db: DbOrTx, targetId: string): Promise<JobRun | null> {
  const [row] = await db
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.targetId, targetId),
        inArray(jobRuns.kind, ['guards.install', 'guards.remove', 'guards.verify']),
        or(
          inArray(jobRuns.status, ['queued', 'running']),
          // A failure stays readable until the next attempt, for a while.
          and(eq(jobRuns.status, 'failed'), gt(jobRuns.finishedAt, sql`now() - interval '10 minutes'`)),
        ),
      ),
    )
    .orderBy(desc(jobRuns.createdAt))
    .limit(1)
  return row ? getJobRun(db, row.id) : null
}
