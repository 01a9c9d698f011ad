import { and, eq, lte, notInArray, sql } from 'drizzle-orm'
import {
  healthDays,
  healthHours,
  healthLog,
  healthMinutes,
  healthStates,
  healthTurns,
  rowCounts,
} from '#drizzle/schema/health.ts'
import type { Tx } from '#lib/db/client.ts'
import { makePartitions } from '#lib/health/make-partitions.ts'
import type { Finding } from '#lib/health/types.ts'

export interface Filing {
  targetId: string
  jobRunId: string | null
  checkedAt: Date
  findings: readonly Finding[]
}

/**
 * Writes findings of one moment into the log and everything that is derived from it: rollups, states, turns, row
 * counts. A finding that is older than the check's state leaves the state as it is. Safe to repeat for the same moment,
 * but for the rollups, which would count it twice: call it in a transaction.
 */
export async function fileFindings(
  tx: Tx,
  { targetId, jobRunId, checkedAt, findings }: Filing,
): Promise<void> {
  if (findings.length === 0) return
  // One order for everybody who writes: two runs at once wait for each other and cannot lock each other out.
  const ordered = [...findings].sort((a, b) => (a.check < b.check ? -1 : 1))
  await makePartitions(tx, checkedAt)
  const logged = await tx
    .insert(healthLog)
    .values(
      ordered.map(({ statement: _, area: __, title: ___, ...finding }) => ({
        targetId,
        jobRunId,
        checkedAt,
        ...finding,
      })),
    )
    .onConflictDoNothing()
    .returning({ check: healthLog.check })
  const fresh = new Set(logged.map(({ check }) => check))
  const filed = ordered.filter(({ check }) => fresh.has(check))
  if (filed.length === 0) return
  await recordTurns(tx, targetId, checkedAt, filed)
  await recordStates(tx, targetId, checkedAt, filed)
  await rollUp(tx, targetId, checkedAt, filed)
  await recordRowCounts(tx, targetId, checkedAt, filed)
}

/** Before the states are written, which say what each check was. */
async function recordTurns(tx: Tx, targetId: string, at: Date, findings: readonly Finding[]): Promise<void> {
  const states = await tx
    .select({
      check: healthStates.check,
      status: healthStates.status,
      severity: healthStates.severity,
      checkedAt: healthStates.checkedAt,
    })
    .from(healthStates)
    .where(eq(healthStates.targetId, targetId))
    .orderBy(healthStates.check)
    .for('update')
  const before = new Map(states.map((state) => [state.check, state]))
  const turns = findings.flatMap(({ check, area, title, status, severity, affected, details }) => {
    const was = before.get(check)
    if (was && (was.checkedAt >= at || (was.status === status && was.severity === severity))) return []
    return {
      targetId,
      at,
      check,
      area,
      title,
      statusBefore: was?.status ?? null,
      severityBefore: was?.severity ?? null,
      status,
      severity,
      affected,
      details,
    }
  })
  if (turns.length > 0) await tx.insert(healthTurns).values(turns).onConflictDoNothing()
}

async function recordStates(
  tx: Tx,
  targetId: string,
  checkedAt: Date,
  findings: readonly Finding[],
): Promise<void> {
  await tx
    .insert(healthStates)
    .values(findings.map((finding) => ({ targetId, checkedAt, since: checkedAt, ...finding })))
    .onConflictDoUpdate({
      target: [healthStates.targetId, healthStates.check],
      set: {
        area: sql`excluded.area`,
        title: sql`excluded.title`,
        status: sql`excluded.status`,
        severity: sql`excluded.severity`,
        affected: sql`excluded.affected`,
        measured: sql`excluded.measured`,
        details: sql`excluded.details`,
        remedy: sql`excluded.remedy`,
        samples: sql`excluded.samples`,
        checkedAt: sql`excluded.checked_at`,
        durationMs: sql`excluded.duration_ms`,
        statement: sql`coalesce(excluded.statement, ${healthStates.statement})`,
        since: sql`case when ${healthStates.status} = excluded.status then ${healthStates.since} else excluded.since end`,
      },
      setWhere: lte(healthStates.checkedAt, sql`excluded.checked_at`),
    })
}

const tiers = [
  [healthMinutes, 60_000],
  [healthHours, 3_600_000],
  [healthDays, 86_400_000],
] as const

/** Minutes, hours and days are whole numbers of milliseconds since 1970 in UTC, which is how they are kept. */
async function rollUp(
  tx: Tx,
  targetId: string,
  checkedAt: Date,
  findings: readonly Finding[],
): Promise<void> {
  for (const [tier, stepMs] of tiers) {
    const at = new Date(Math.floor(checkedAt.getTime() / stepMs) * stepMs)
    const newer = sql`${tier.lastAt} is null or excluded.last_at >= ${tier.lastAt}`
    await tx
      .insert(tier)
      .values(
        findings.map(({ check, status, measured }) => ({
          targetId,
          check,
          at,
          runs: 1,
          unhealthy: status === 'unhealthy' ? 1 : 0,
          noData: status === 'no-data' ? 1 : 0,
          measuredRuns: measured === null ? 0 : 1,
          lowest: measured,
          highest: measured,
          total: measured,
          last: measured,
          lastAt: measured === null ? null : checkedAt,
        })),
      )
      .onConflictDoUpdate({
        target: [tier.targetId, tier.check, tier.at],
        set: {
          runs: sql`${tier.runs} + 1`,
          unhealthy: sql`${tier.unhealthy} + excluded.unhealthy`,
          noData: sql`${tier.noData} + excluded.no_data`,
          measuredRuns: sql`${tier.measuredRuns} + excluded.measured_runs`,
          lowest: sql`least(${tier.lowest}, excluded.lowest)`,
          highest: sql`greatest(${tier.highest}, excluded.highest)`,
          total: sql`coalesce(${tier.total} + excluded.total, ${tier.total}, excluded.total)`,
          last: sql`case when ${newer} then coalesce(excluded.last, ${tier.last}) else ${tier.last} end`,
          lastAt: sql`greatest(${tier.lastAt}, excluded.last_at)`,
        },
      })
  }
}

async function recordRowCounts(
  tx: Tx,
  targetId: string,
  countedAt: Date,
  findings: readonly Finding[],
): Promise<void> {
  const counts = findings.filter(
    ({ check, measured }) => check.startsWith('rows.count:') && measured !== null,
  )
  if (counts.length === 0) return
  await tx
    .insert(rowCounts)
    .values(
      counts.map(({ check, measured }) => ({
        targetId,
        tableName: check.slice(check.indexOf(':') + 1),
        countedAt,
        rows: Math.round(measured!),
      })),
    )
    .onConflictDoNothing()
}

/** A check that the policy no longer asks for loses its state and keeps its log, unless a newer run knows better. */
export async function forgetOtherStates(
  tx: Tx,
  targetId: string,
  checkedAt: Date,
  checks: readonly string[],
): Promise<void> {
  await tx
    .delete(healthStates)
    .where(
      and(
        eq(healthStates.targetId, targetId),
        lte(healthStates.checkedAt, checkedAt),
        checks.length > 0 ? notInArray(healthStates.check, [...checks]) : undefined,
      ),
    )
}
