import { refuse } from '#lib/errors.ts'
import { fileGuardJob } from '#lib/guards/file-guard-job.ts'
import { agentInput } from '#lib/guards/input.ts'
import { findTargetByName, getPolicy } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files the end of an agent (lib/guards/drop-agent-role.ts does it): its sessions, its role, its budget. Safe to repeat until it is done. */
export const revokeAgent = defineVerb({
  action: 'guards.revoke-agent',
  input: agentInput,
  async act({ tx, ctx }, { target: name, role }) {
    const target = await findTargetByName(tx, name)
    const agents = target ? (await getPolicy(tx, target.id)).document.agents : []
    if (target && !agents.some((agent) => agent.role === role)) {
      return refuse(
        'agent-not-found',
        `${name} has no agent ${role}.`,
        agents.length === 0 ? null : `It has: ${agents.map((agent) => agent.role).join(', ')}`,
      )
    }
    return fileGuardJob(ctx, tx, 'guards.revoke-agent', name, { role })
  },
})
