import { z } from 'zod'

const given = z.string().trim().min(1).max(300)

export const recoveryRequestInput = z.strictObject({
  /** Keys or labels (an e-mail), or everybody who is locked out. */
  users: z.union([z.literal('all'), z.array(given).min(1).max(500)]),
  /** The policy's membership rule; needed where there are several. */
  membership: given.nullable().default(null),
  /** Where nothing is found of what a user had: give this organisation … */
  organization: given.nullable().default(null),
  /** … and this role, both of which must exist. */
  role: given.nullable().default(null),
})

export type RecoveryRequest = z.output<typeof recoveryRequestInput>

export const recoverySearchInput = z.strictObject({ targetId: z.uuid() })
