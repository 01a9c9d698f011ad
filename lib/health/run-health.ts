import { eq } from 'drizzle-orm'
import { targets } from '#drizzle/schema/targets.ts'
import { AppError } from '#lib/errors.ts'
import { noData, summarizeHealth, unhealthy } from '#lib/health/judgement.ts'
import { planChecks } from '#lib/health/plan-checks.ts'
import { listStates } from '#lib/health/queries.ts'
import { recordFindings } from '#lib/health/record-findings.ts'
import { readRowHistory } from '#lib/health/row-history.ts'
import { runChecks } from '#lib/health/run-checks.ts'
import type { Area, Finding, HealthResult } from '#lib/health/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { identifyTarget } from '#lib/targets/identify-target.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'
import { recordReach } from '#lib/targets/record-reach.ts'
import type { Target } from '#lib/targets/types.ts'

const checkTimeoutMs = 5_000

const reachable: Pick<Finding, 'check' | 'area' | 'title'> = {
  check: 'server.reachable',
  area: 'server',
  title: 'The database answers',
}

/**
 * Runs every health check of a target in one read-only session and keeps the findings. Safe to repeat.
 * A target that does not answer is unhealthy, and everything else about it is no data.
 */
export async function runHealth(scope: JobScope): Promise<HealthResult> {
  const { ctx, jobRunId } = scope
  const target = await getTarget(ctx.db, scope.targetId!)
  const checkedAt = new Date()
  await scope.phase('connect')
  let findings: Finding[]
  try {
    findings = await collect(scope, target)
  } catch (error) {
    if (scope.signal.aborted || !isUnreachable(error)) throw error
    findings = await allUnknown(scope, target, error)
  }
  await scope.phase('record')
  await scope.assertHeld()
  await recordFindings(ctx.db, { targetId: target.id, jobRunId, checkedAt, findings })
  await recordReach(ctx.db, target.id, findings[0]?.status === 'healthy')
  return summarizeHealth(findings)
}

const isUnreachable = (error: unknown): error is AppError =>
  error instanceof AppError && error.code.startsWith('target-') && error.kind === 'unavailable'

async function collect(scope: JobScope, target: Target): Promise<Finding[]> {
  const { ctx } = scope
  const { document: policy } = await getPolicy(ctx.db, target.id)
  const history = await readRowHistory(ctx.db, target.id)
  const startedAt = performance.now()
  return withTarget(
    ctx,
    target.id,
    'watch',
    { purpose: 'health', statementTimeoutMs: checkTimeoutMs, lockTimeoutMs: 2_000 },
    async ({ sql }) => {
      const identity = await identifyTarget(sql)
      const answeredMs = performance.now() - startedAt
      const [{ monitor }] = await sql<[{ monitor: boolean }]>`
        select pg_has_role('pg_read_all_stats', 'usage') as monitor`
      const tables = await listTables(sql)
      await ctx.db.update(targets).set({ tableCount: tables.length }).where(eq(targets.id, target.id))
      const checks = planChecks({
        policy,
        targetName: target.name,
        tables,
        history,
        roleName: identity.roleName,
        isMonitor: monitor,
      })
      await scope.phase('check', checks.length)
      const findings = await runChecks(sql, checks, {
        roleName: identity.roleName,
        targetName: target.name,
        signal: scope.signal,
        onDone: (done) => scope.progress(done),
      })
      return [answered(target, answeredMs), ...findings]
    },
  )
}

const answered = (target: Target, durationMs: number): Finding => ({
  ...reachable,
  status: 'healthy',
  severity: 'INFO',
  affected: 0,
  measured: durationMs,
  details: `${target.host}:${target.port} answered in ${durationMs.toFixed(0)} ms.`,
  remedy: null,
  samples: [],
  statement: 'select 1',
  durationMs,
})

/** Not answering is a finding; every check known from before becomes no data, so that nothing stays green. */
async function allUnknown(scope: JobScope, target: Target, error: AppError): Promise<Finding[]> {
  const before = await listStates(scope.ctx.db, target.id)
  return [
    {
      ...reachable,
      ...unhealthy('EMERGENCY', error.message, { affected: 1, measured: null, remedy: error.hint }),
      statement: null,
      durationMs: null,
    },
    ...before
      .filter(({ check }) => check !== reachable.check)
      .map(({ check, area, title }) => ({
        check,
        area: area as Area,
        title,
        ...noData('Not run: the database did not answer.', error.hint),
        statement: null,
        durationMs: null,
      })),
  ]
}
