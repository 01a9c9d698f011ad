import { z } from 'zod'
import { targetName } from '#lib/targets/input.ts'

export const guardTarget = z.strictObject({ target: targetName })

export const guardRemovalInput = z.strictObject({
  target: targetName,
  reason: z.string().trim().min(8, 'say why in at least 8 characters').max(2_000).optional(),
})

/** The name of an agent's role, so plain that it needs no quotes anywhere. */
export const agentRole = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'lower-case letters, digits and underscores, starting with a letter')
  .refine((role) => !role.startsWith('pg_') && !role.startsWith('holdfast'), 'that name is kept for others')

const rows = z.number().int().nonnegative().optional()

export const grantAgentInput = z.strictObject({
  target: targetName,
  role: agentRole.default('agent'),
  /** What it may delete or overwrite of each protected table; what is left out is 5, 10 and 50 rows an hour. */
  budget: z.strictObject({ statementRows: rows, transactionRows: rows, windowRows: rows }).default({}),
})

export type GrantAgentInput = z.output<typeof grantAgentInput>

export const agentInput = z.strictObject({ target: targetName, role: agentRole.default('agent') })

export type AgentInput = z.output<typeof agentInput>
