import type postgres from 'postgres'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { keepInstalledRecord } from '#lib/guards/keep-guard-record.ts'
import { keepGuardReport } from '#lib/guards/keep-guard-report.ts'
import { type GuardComparison, planGuards } from '#lib/guards/plan-guards.ts'
import { proveEvidence } from '#lib/guards/prove-evidence.ts'
import { runGuardStatement } from '#lib/guards/run-guard-statement.ts'
import { evidenceSql } from '#lib/guards/shared-objects.ts'
import { surveyGuards } from '#lib/guards/survey-guards.ts'
import type { GuardReport } from '#lib/guards/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy, getTarget, getTargetUrl } from '#lib/targets/queries.ts'

const allowRestoreSql = loadSql(new URL('./sql/allow_restore_role.sql', import.meta.url))

/**
 * Does a `guards.install` job: brings the target's guards to what the policy asks for, one short transaction per
 * object. Safe to repeat: what is right is left alone, and a run that died is continued.
 */
export async function installGuards(scope: JobScope): Promise<GuardReport & { ran: number }> {
  const { ctx } = scope
  const targetId = scope.targetId!
  const target = await getTarget(ctx.db, targetId)
  const { document } = await getPolicy(ctx.db, targetId)
  const by = formatActor(ctx.actor)

  await scope.phase('plan')
  const { plan, surveyed } = await withTarget(
    ctx,
    targetId,
    'guard',
    { purpose: 'guards install' },
    async ({ sql }) => {
      const plan = await planGuards(sql, document)
      await scope.phase('install', plan.statements.length)
      await runPlan(scope, sql, plan, by)
      await allowRestoreRole(sql, new URL(await getTargetUrl(ctx, targetId, 'restore')).username)
      await scope.phase('prove')
      await proveEvidence(sql)
      return { plan, surveyed: await surveyGuards(ctx, targetId, sql, document) }
    },
  )
  const { report, seen } = surveyed
  await keepInstalledRecord(ctx.db, targetId, surveyed)
  await keepGuardReport(ctx.db, targetId, report, seen, 'installation')
  await appendAudit(ctx.db, {
    actor: by,
    action: 'guards.install',
    outcome: report.installed ? 'done' : 'failed',
    subject: `target:${target.name}`,
    target: target.name,
    detail: {
      statements: plan.statements.length,
      tables: report.tables.map(({ table, state }) => ({ table, state })),
    },
  })
  return { ...report, ran: plan.statements.length }
}

async function runPlan(scope: JobScope, sql: postgres.Sql, plan: GuardComparison, by: string): Promise<void> {
  let done = 0
  for (const statement of plan.statements) {
    scope.signal.throwIfAborted()
    try {
      await runGuardStatement(sql, statement, by)
    } catch (error) {
      // Without this link refused attempts are still counted; the report lists the gap.
      if (statement !== evidenceSql) throw error
      await scope.phase(`evidence link not possible: ${messageOf(error)}`.slice(0, 200))
    }
    scope.progress(++done)
  }
}

/** Restores delete under a permit; their role may open one, and nobody else who does not own the guard. */
async function allowRestoreRole(sql: postgres.Sql, encodedName: string): Promise<void> {
  const [grant] = await sql.unsafe<{ statement: string }[]>(allowRestoreSql, [
    decodeURIComponent(encodedName),
  ])
  if (grant) await sql.unsafe(grant.statement)
}
