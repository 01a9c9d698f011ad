import { z } from 'zod'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError } from '#lib/errors.ts'
import { agentRole } from '#lib/guards/input.ts'
import { installGuards } from '#lib/guards/install-guards.ts'
import { runGuardStatement } from '#lib/guards/run-guard-statement.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { putPolicy } from '#lib/targets/apply-policy.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const planSql = loadSql(new URL('./sql/plan_agent_removal.sql', import.meta.url))

const payloadSchema = z.object({ role: agentRole })

export interface RevokedAgent {
  role: string
  /** Where the policy without the agent is in force. */
  version: number
}

/**
 * Does a `guards.revoke-agent` job: ends the agent's sessions, drops its role and everything it was granted, and only then
 * takes it out of the policy and its triggers and budgets out of the target: at no time does a role go on without its
 * limits. Safe to repeat.
 */
export async function dropAgentRole(scope: JobScope, payload: unknown): Promise<RevokedAgent> {
  const { role } = payloadSchema.parse(payload)
  const { ctx } = scope
  const targetId = scope.targetId!
  const by = formatActor(ctx.actor)
  const target = await getTarget(ctx.db, targetId)
  await scope.phase('role')
  await withTarget(ctx, targetId, 'guard', { purpose: 'guards revoke-agent' }, async ({ sql }) => {
    const [plan] = await sql.unsafe<[{ statements: string[]; mayRemove: boolean }]>(planSql, [role])
    if (plan.statements.length > 0 && !plan.mayRemove) {
      throw new AppError('role-stays', `Holdfast may not drop roles here, so ${role} keeps its limits.`, {
        kind: 'refused',
        hint: `Run as superuser, then repeat this: ${plan.statements.at(-1)}`,
      })
    }
    for (const statement of plan.statements) await runGuardStatement(sql, statement, by)
  })
  const version = await ctx.db.transaction(async (tx) => {
    const { document } = await getPolicy(tx, targetId)
    const agents = document.agents.filter((agent) => agent.role !== role)
    // Not weaker than before: there is no such role any more.
    const put = await putPolicy(tx, targetId, { ...document, agents }, by)
    await announceChanges(tx, ['targets'])
    return put.version
  })
  await installGuards(scope)
  await appendAudit(ctx.db, {
    actor: by,
    action: 'guards.revoke-agent',
    outcome: 'done',
    subject: `target:${target.name}`,
    target: target.name,
    detail: { role, version },
  })
  return { role, version }
}
