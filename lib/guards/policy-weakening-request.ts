import { z } from 'zod'
import { policySchema } from '#lib/targets/policy.ts'

/** The whole new document: an approval is for exactly this one. */
export const policyWeakeningRequest = {
  kind: 'policy-weakening',
  request: z.strictObject({ document: policySchema }),
}

export type PolicyWeakeningRequest = z.output<typeof policyWeakeningRequest.request>
