import { z } from 'zod'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import { planAgentRole } from '#lib/guards/agent-role.ts'
import { agentRole } from '#lib/guards/input.ts'
import { installGuards } from '#lib/guards/install-guards.ts'
import { runGuardStatement } from '#lib/guards/run-guard-statement.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const payloadSchema = z.object({ role: agentRole })

export interface AgentRole {
  role: string
  /** False where Holdfast may not make roles; then `statements` is what a superuser runs. */
  made: boolean
  statements: string[]
  warnings: string[]
}

/**
 * Does a `guards.grant-agent` job: brings the guards up to date, so that the agent's budget holds, and only then makes
 * its role, without a password. Safe to repeat. Where it may not make roles it makes none and says what to run.
 */
export async function makeAgentRole(scope: JobScope, payload: unknown): Promise<AgentRole> {
  const { role } = payloadSchema.parse(payload)
  const { ctx } = scope
  const targetId = scope.targetId!
  const target = await getTarget(ctx.db, targetId)
  const { document } = await getPolicy(ctx.db, targetId)
  const by = formatActor(ctx.actor)
  const report = await installGuards(scope)
  if (!report.installed) {
    throw new AppError('guards-not-whole', 'The guards are not whole, so the agent got no role.', {
      hint: `See what is wrong: holdfast guards verify ${target.name}`,
    })
  }
  await scope.phase('role')
  const made = await withTarget(
    ctx,
    targetId,
    'guard',
    { purpose: 'guards grant-agent' },
    async ({ sql }): Promise<AgentRole> => {
      const { statements, isTaken, mayMake, warnings } = await planAgentRole(sql, role, document)
      if (isTaken) throw new AppError('role-taken', `The role ${role} is no agent of this database.`)
      if (!mayMake) return { role, made: false, statements, warnings }
      for (const statement of statements) await runGuardStatement(sql, statement, by)
      return { role, made: true, statements: [], warnings }
    },
  )
  await appendAudit(ctx.db, {
    actor: by,
    action: 'guards.grant-agent',
    outcome: made.made ? 'done' : 'failed',
    subject: `target:${target.name}`,
    target: target.name,
    detail: { role, made: made.made },
  })
  return made
}
