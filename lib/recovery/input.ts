import { z } from 'zod'

const given = z.string().trim().min(1).max(300)
const instant = z.iso.datetime({ offset: true })

export const recoveryRequestInput = z.strictObject({
  /** Keys or labels (an e-mail), or everybody who is locked out. */
  users: z.union([z.literal('all'), z.array(given).min(1).max(10_000)]),
  /** The policy's membership rule; needed where there are several. */
  membership: given.nullable().default(null),
  /** When the loss began: what was gone before is not given back. Null: the incident says, else a week. */
  since: instant.nullable().default(null),
  /** Gives back too what an approved act took, or what was gone before the loss. */
  includeRemoved: z.boolean().default(false),
  /**
   * Archives too, for each of whom nothing else is known; a restore of each takes minutes. Null: for those who are named; for
   * everybody only where nothing at all is found without them.
   */
  archives: z.boolean().nullable().default(null),
  /** Where nothing is found of what a user had: give this organisation … */
  organization: given.nullable().default(null),
  /** … and this role, both of which must exist. */
  role: given.nullable().default(null),
})

export type RecoveryRequest = z.output<typeof recoveryRequestInput>

export const recoverySearchInput = z.strictObject({
  targetId: z.uuid(),
  /** Looks into archives for those of whom nothing else is known; that takes minutes. */
  archives: z.boolean().default(false),
  since: instant.nullable().default(null),
})
