import { and, asc, desc, eq, gt, inArray, like, or, sql } from 'drizzle-orm'
import { guardEvents, guardStates, guardSurveys } from '#drizzle/schema/guards.ts'
import { healthStates } from '#drizzle/schema/health.ts'
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

const countCheck = 'rows.count:'

/** The newest counted rows of each table. Tables that nobody counts are missing. */
export async function listNewestRowCounts(db: DbOrTx, targetId: string): Promise<Map<string, number>> {
  const rows = await db
    .select({ check: healthStates.check, rows: healthStates.measured })
    .from(healthStates)
    .where(and(eq(healthStates.targetId, targetId), like(healthStates.check, `${countCheck}%`)))
  return new Map(
    rows.flatMap(({ check, rows }) => (rows === null ? [] : [[check.slice(countCheck.length), rows]])),
  )
}

/** Whether an installation, removal, verification or change of the policy waits or runs. */
export async function findGuardWork(db: DbOrTx, targetId: string): Promise<JobRun | null> {
  const [row] = await db
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.targetId, targetId),
        inArray(jobRuns.kind, [
          'guards.install',
          'guards.grant-agent',
          'guards.revoke-agent',
          'guards.remove',
          'guards.verify',
          'policy.apply',
        ]),
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
