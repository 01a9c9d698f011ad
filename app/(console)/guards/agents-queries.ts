import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { agentDays, listAgents } from '#lib/guards/agent-queries.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

/** A target's agents: what each may, did and tried. */
export const agentsRead = defineRead({
  name: 'agents',
  topics: ['guards', 'jobs', 'targets'],
  audience: 'role',
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const [target, { document }] = await Promise.all([getTarget(db, targetId), getPolicy(db, targetId)])
    return {
      role: user.role,
      target: target.name,
      days: agentDays,
      agents: await listAgents(db, targetId, document),
    }
  },
})
