import { z } from 'zod'
import { controlTargetName } from '#lib/targets/control-target.ts'
import { policySchema } from '#lib/targets/policy.ts'

export const targetName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, starting with a letter')

export const addTargetInput = z.strictObject({
  name: targetName.refine((name) => name !== controlTargetName, 'this name is Holdfast’s own database’s'),
  url: z.string().min(1).max(4_000),
  environment: z.enum(['production', 'staging', 'development']).default('production'),
  /** The first policy. Without one, the suggestion for the schema found is applied. */
  policy: policySchema.optional(),
})

export type AddTargetInput = z.output<typeof addTargetInput>

export const requestTargetInput = addTargetInput.pick({ name: true, url: true, environment: true })

export type RequestTargetInput = z.output<typeof requestTargetInput>

export const removeTargetInput = z.strictObject({
  name: targetName,
  /** The name again, typed by the person. */
  typedName: z.string(),
  reason: z.string().trim().max(2_000).optional(),
})

export const setCredentialInput = z.strictObject({
  name: targetName,
  role: z.enum(['owner', 'watch', 'backup', 'restore', 'guard']),
  url: z.string().min(1).max(4_000),
  /** The database was moved or restored elsewhere; the owner's URL says where it is from now on. */
  moved: z.boolean().default(false),
})

export type SetCredentialInput = z.output<typeof setCredentialInput>

export const applyPolicyInput = z.strictObject({
  name: targetName,
  document: z.unknown(),
  reason: z.string().trim().max(2_000).optional(),
})

export type ApplyPolicyInput = z.output<typeof applyPolicyInput>
