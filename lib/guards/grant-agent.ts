import { findDenial } from '#lib/auth/find-denial.ts'
import type { Ctx } from '#lib/context.ts'
import { done, type Outcome, refuse } from '#lib/errors.ts'
import { planAgentRole } from '#lib/guards/agent-role.ts'
import { fileGuardJob } from '#lib/guards/file-guard-job.ts'
import { type GrantAgentInput, grantAgentInput } from '#lib/guards/input.ts'
import { findGuardSurvey } from '#lib/guards/queries.ts'
import { agentBudget } from '#lib/guards/wanted-guards.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import type { Budget } from '#lib/targets/policy.ts'
import { findTargetByName, getPolicy } from '#lib/targets/queries.ts'
import { refuseUnknownTarget } from '#lib/targets/refuse-unknown-target.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

export interface GrantedAgent {
  jobRunId: string
  role: string
  budget: Budget
  policyVersion: number
}

const action = 'guards.grant-agent'

/**
 * Makes a role for a script or an AI agent: puts it with its budget into the policy, by the policy's own rules, and files
 * the making of the role (lib/guards/make-agent-role.ts does it). Safe to repeat; a password is another act
 * (lib/guards/issue-agent-password.ts).
 */
export const grantAgent: Verb<GrantedAgent> = async (ctx, input) => {
  const parsed = grantAgentInput.safeParse(input)
  const denied = await findDenial(ctx, action)
  const prepared = denied || !parsed.success ? null : await putIntoPolicy(ctx, parsed.data)

  return defineVerb<GrantAgentInput, GrantedAgent>({
    action,
    input: grantAgentInput,
    async act({ tx }, { target, role }) {
      if (!prepared) throw new Error('unreachable: the verb refuses before it acts')
      if (!prepared.ok) return prepared
      const filed = await fileGuardJob(ctx, tx, 'guards.grant-agent', target, { role })
      if ('refusal' in filed) return filed
      return { ...filed, value: { ...prepared.value, role, jobRunId: filed.value.jobRunId } }
    },
  })(ctx, input)
}

async function putIntoPolicy(
  ctx: Ctx,
  { target: name, role, budget }: GrantAgentInput,
): Promise<Outcome<{ budget: Budget; policyVersion: number }>> {
  const target = await findTargetByName(ctx.db, name)
  if (!target) return refuseUnknownTarget(name)
  const controlRefusal = refuseControlTarget(target, 'nobody else works in it')
  if (controlRefusal) return controlRefusal
  if (!ctx.keys) {
    return refuse(
      'key-not-here',
      'This process may not look at a target, so it cannot make a role there.',
      `At the host: holdfast guards grant-agent ${name} ${role}`,
    )
  }
  if (!(await findGuardSurvey(ctx.db, target.id))) {
    return refuse(
      'guards-not-installed',
      'An agent is held by the guards, and none are installed there.',
      `Install them first: holdfast guards install ${name}`,
    )
  }
  const { document } = await getPolicy(ctx.db, target.id)
  // Before the policy changes: a role of somebody else must never get an agent's budget by a slip of the name.
  const { isTaken } = await withTarget(
    ctx,
    target.id,
    'guard',
    { purpose: 'guards grant-agent' },
    ({ sql }) => planAgentRole(sql, role, document),
  )
  if (isTaken) {
    return refuse(
      'role-taken',
      `The server has a role ${role} already, which is no agent of this database.`,
      `Choose another name: holdfast guards grant-agent ${name} ROLE`,
    )
  }
  const before = document.agents.find((agent) => agent.role === role)
  const given = Object.fromEntries(Object.entries(budget).filter(([, rows]) => rows !== undefined))
  const full: Budget = { ...agentBudget, ...before?.budget, ...given }
  const agents = [...document.agents.filter((agent) => agent.role !== role), { role, budget: full }]
  const applied = await applyPolicy(ctx, { name, document: { ...document, agents } })
  if (!applied.ok) return applied
  return done({ budget: full, policyVersion: applied.value.version })
}
