import { randomBytes } from 'node:crypto'
import { findDenial } from '#lib/auth/find-denial.ts'
import type { Ctx } from '#lib/context.ts'
import { done, type Outcome, refuse } from '#lib/errors.ts'
import { planAgentRole } from '#lib/guards/agent-role.ts'
import { type AgentInput, agentInput } from '#lib/guards/input.ts'
import { scramVerifier } from '#lib/guards/scram-verifier.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { findTargetByName, getPolicy, getTargetUrl } from '#lib/targets/queries.ts'
import { refuseUnknownTarget } from '#lib/targets/refuse-unknown-target.ts'
import { formatTargetUrl, parseTargetUrl } from '#lib/targets/target-url.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

export interface IssuedPassword {
  /** With the password, which is nowhere else: neither stored nor sent, only its verifier is. */
  url: string
  /** Where Holdfast may not set it: what a superuser runs. */
  statement: string | null
}

const action = 'guards.grant-agent'

/**
 * Gives an agent's role a new password and returns the URL to connect with, once. The password before stops working.
 * Each call makes another one.
 */
export const issueAgentPassword: Verb<IssuedPassword> = async (ctx, input) => {
  const parsed = agentInput.safeParse(input)
  const denied = await findDenial(ctx, action)
  const issued = denied || !parsed.success ? null : await issue(ctx, parsed.data)

  return defineVerb<AgentInput, IssuedPassword>({
    action,
    input: agentInput,
    async act(_, { target, role }) {
      if (!issued) throw new Error('unreachable: the verb refuses before it acts')
      if (!issued.ok) return issued
      const { url, statement } = issued.value
      return {
        value: { url, statement },
        audit: { subject: `target:${target}`, target, detail: { role, password: 'issued' } },
        changed: [],
      }
    },
  })(ctx, input)
}

async function issue(ctx: Ctx, { target: name, role }: AgentInput): Promise<Outcome<IssuedPassword>> {
  const target = await findTargetByName(ctx.db, name)
  if (!target) return refuseUnknownTarget(name)
  if (!ctx.keys) {
    return refuse(
      'key-not-here',
      'This process may not open a target.',
      `At the host: holdfast guards grant-agent ${name} ${role}`,
    )
  }
  const { document } = await getPolicy(ctx.db, target.id)
  if (!document.agents.some((agent) => agent.role === role)) {
    return refuse(
      'agent-not-found',
      `${name} has no agent ${role}.`,
      `Grant it: holdfast guards grant-agent ${name} ${role}`,
    )
  }
  const address = parseTargetUrl(await getTargetUrl(ctx, target.id, 'guard'))
  if (!address.ok) return address
  const password = randomBytes(24).toString('base64url')
  return withTarget(ctx, target.id, 'guard', { purpose: 'guards grant-agent' }, async ({ sql }) => {
    const plan = await planAgentRole(sql, role, document)
    const [row] = await sql<[{ statement: string }]>`
      select format('alter role %I password %L', ${role}::text, ${scramVerifier(password)}::text) as statement`
    if (plan.exists && plan.mayMake) await sql.unsafe(row.statement)
    return done({
      url: formatTargetUrl({ ...address.value, user: role, password }),
      statement: plan.exists && plan.mayMake ? null : row.statement,
    })
  })
}
