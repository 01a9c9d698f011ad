'use server'

import { action } from '#app/_web/action.ts'
import { revokeAgent } from '#lib/guards/revoke-agent.ts'

export async function revokeAgentAction(input: unknown) {
  return action(revokeAgent, input)
}
