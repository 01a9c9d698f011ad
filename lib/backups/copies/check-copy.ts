import { and, desc, eq, lte } from 'drizzle-orm'
import { healthTurns } from '#drizzle/schema/health.ts'
import type { DrillCheck, UncheckedPart } from '#lib/backups/types.ts'
import type { Db } from '#lib/db/client.ts'
import { planChecks } from '#lib/health/plan-checks.ts'
import { runChecks } from '#lib/health/run-checks.ts'
import type { Area, HealthStatus } from '#lib/health/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const checkTimeoutMs = 60_000

/** Areas whose checks say nothing on a copy, with the reason. */
const meaningless: Partial<Record<Area, string>> = {
  server: 'It is about the server that the database runs on, and the copy runs on another.',
  statements: 'It is about what the living database was asked.',
  backups: 'It is about the backups of the living database.',
  guards: 'It is about the guards of the living database.',
  synchronisation: 'It is about the living database and its master.',
}

/** What each check had found last at the source when the archive was taken: its last turn until then. */
async function findingsAtSource(db: Db, targetId: string, takenAt: Date): Promise<Map<string, HealthStatus>> {
  const rows = await db
    .selectDistinctOn([healthTurns.check], { check: healthTurns.check, status: healthTurns.status })
    .from(healthTurns)
    .where(and(eq(healthTurns.targetId, targetId), lte(healthTurns.at, takenAt)))
    .orderBy(healthTurns.check, desc(healthTurns.at))
  return new Map(rows.map(({ check, status }) => [check, status]))
}

export interface CheckedCopy {
  checks: DrillCheck[]
  unchecked: UncheckedPart[]
}

/**
 * Runs the target's health checks, by its policy of today, on a restored copy in one read-only session. Row counts are
 * judged by their floors only: the history is that of the living database. Keeps nothing in the health log.
 */
export async function checkCopy(
  scope: JobScope,
  copy: { targetId: string; takenAt: Date; url: string },
): Promise<CheckedCopy> {
  const { db } = scope.ctx
  const target = await getTarget(db, copy.targetId)
  const { document: policy } = await getPolicy(db, copy.targetId)
  const before = await findingsAtSource(db, copy.targetId, copy.takenAt)
  const sql = connectToUrl(copy.url, 'watch', { purpose: 'drill checks', statementTimeoutMs: checkTimeoutMs })
  try {
    const planned = planChecks({
      policy,
      targetName: target.name,
      tables: await listTables(sql),
      history: new Map(),
      roleName: 'holdfast',
      isMonitor: true,
      isCopy: true,
    })
    const checks = planned.filter(({ area }) => !meaningless[area])
    const findings = await runChecks(sql, checks, {
      roleName: 'holdfast',
      targetName: target.name,
      signal: scope.signal,
      onDone: (done) => scope.progress(done, checks.length),
    })
    return {
      checks: findings.map(({ check, title, status, severity, affected, details }) => ({
        check,
        title,
        status,
        severity,
        affected,
        details,
        atSource: before.get(check) ?? null,
      })),
      unchecked: planned.flatMap(({ area, check }) => {
        const why = meaningless[area]
        return why ? [{ what: check, why, hint: null }] : []
      }),
    }
  } finally {
    await sql.end({ timeout: 5 })
  }
}
