import { eq } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { AppError } from '#lib/errors.ts'
import { splitDueChecks } from '#lib/health/due-checks.ts'
import { noData, summarizeHealth, unhealthy } from '#lib/health/judgement.ts'
import { keepCounters } from '#lib/health/keep-counters.ts'
import { readLivingScope } from '#lib/health/living-scope.ts'
import { planChecks } from '#lib/health/plan-checks.ts'
import { listStates } from '#lib/health/queries.ts'
import { recordFindings } from '#lib/health/record-findings.ts'
import { readRowHistory } from '#lib/health/row-history.ts'
import { runChecks } from '#lib/health/run-checks.ts'
import type { Area, Counters, Finding, HealthResult } from '#lib/health/types.ts'
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
  let collected: Collected
  try {
    collected = await collect(scope, target, checkedAt)
  } catch (error) {
    if (scope.signal.aborted || !isUnreachable(error)) throw error
    collected = { findings: await allUnknown(scope, target, error), standing: [], counters: new Map() }
  }
  const { findings, standing, counters } = collected
  await scope.phase('record')
  await scope.assertHeld()
  await recordFindings(ctx.db, {
    targetId: target.id,
    jobRunId,
    checkedAt,
    findings,
    standing: standing.map(({ check }) => check),
  })
  await keepCounters(ctx.db, target.id, checkedAt, counters)
  await recordReach(ctx.db, target.id, findings[0]?.status === 'healthy')
  return summarizeHealth([...findings, ...standing])
}

interface Collected {
  findings: Finding[]
  /** What earlier runs found and this one did not look at again. */
  standing: Finding[]
  counters: ReadonlyMap<string, Counters>
}

const isUnreachable = (error: unknown): error is AppError =>
  error instanceof AppError && error.code.startsWith('target-') && error.kind === 'unavailable'

async function collect(scope: JobScope, target: Target, now: Date): Promise<Collected> {
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
      // Compiling a query over the catalog takes longer than running it, and would be done anew every minute.
      await sql.unsafe('set jit = off')
      const identity = await identifyTarget(sql)
      const answeredMs = performance.now() - startedAt
      const [{ monitor }] = await sql<[{ monitor: boolean }]>`
        select pg_has_role('pg_read_all_stats', 'usage') as monitor`
      const living = await readLivingScope(ctx, target, sql, { identity, policy, now })
      const tables = await listTables(sql)
      await ctx.db.update(targets).set({ tableCount: tables.length }).where(eq(targets.id, target.id))
      const checks = planChecks({
        policy,
        targetName: target.name,
        tables,
        history,
        roleName: identity.roleName,
        isMonitor: monitor,
        living,
      })
      const states = await listStates(ctx.db, target.id)
      const { due, standing } = splitDueChecks(checks, states, { now, all: !(await isScheduled(scope)) })
      await scope.phase('check', due.length)
      const counters = new Map<string, Counters>()
      const findings = await runChecks(sql, due, {
        roleName: identity.roleName,
        targetName: target.name,
        signal: scope.signal,
        onDone: (done) => scope.progress(done),
        onRemember: (check, remembered) => counters.set(check, remembered),
      })
      return {
        findings: [answered(target, answeredMs), ...findings],
        standing: standing.map(({ since: _, checkedAt: __, ...state }) => ({
          ...state,
          area: state.area as Area,
        })),
        counters,
      }
    },
  )
}

/** A run that somebody asked for looks at everything, however fresh the last finding is. */
async function isScheduled({ ctx, jobRunId }: JobScope): Promise<boolean> {
  const [run] = await ctx.db
    .select({ scheduledFor: jobRuns.scheduledFor })
    .from(jobRuns)
    .where(eq(jobRuns.id, jobRunId))
  return run?.scheduledFor != null
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
