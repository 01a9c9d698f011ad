import type postgres from 'postgres'
import { planChecks } from '#lib/health/plan-checks.ts'
import { runChecks } from '#lib/health/run-checks.ts'
import type { AnyCheck, Finding, PlanScope, RowHistory } from '#lib/health/types.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { type PolicyInput, policySchema } from '#lib/targets/policy.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'

/** A session as the watch role has it, without a control database around; closed at the file's end. */
export function openWatch(url: string): postgres.Sql {
  const sql = connectToUrl(url, 'watch', {
    purpose: 'health',
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 2_000,
  })
  cleanUp(() => sql.end({ timeout: 1 }))
  return sql
}

/** Plans the checks that a policy asks for in the database behind this session, and runs those of one area, or all. */
export async function findWith(
  sql: postgres.Sql,
  policy: PolicyInput,
  {
    area,
    history = {},
    more = {},
    timeoutMs,
  }: {
    area?: string
    history?: Record<string, RowHistory>
    more?: Partial<PlanScope>
    timeoutMs?: number
  } = {},
): Promise<Finding[]> {
  const checks = planChecks({
    policy: policySchema.parse(policy),
    targetName: 'shop',
    tables: await listTables(sql),
    history: new Map(Object.entries(history)),
    roleName: 'watcher',
    isMonitor: true,
    ...more,
  }).filter((check: AnyCheck) => area === undefined || check.area === area)
  if (timeoutMs !== undefined) await sql.unsafe(`set statement_timeout = ${timeoutMs}`)
  return runChecks(sql, checks, {
    roleName: 'watcher',
    targetName: 'shop',
    signal: new AbortController().signal,
    onDone: () => {},
  })
}
