import { z } from 'zod'

export const reasonInput = z
  .string('say why in at least 8 characters')
  .trim()
  .min(8, 'say why in at least 8 characters')
  .max(2000, 'at most 2,000 characters')

export const fingerprintInput = z.string().regex(/^[0-9a-f]{64}$/, 'the whole fingerprint, 64 hex digits')

export const requestOperationInput = z.strictObject({
  targetId: z.uuid(),
  incidentId: z.uuid().nullable().default(null),
  reason: reasonInput,
  /** What is asked for, in the form of the operation's kind. */
  request: z.unknown(),
})

export const approveOperationInput = z.strictObject({
  operationId: z.uuid(),
  /** The fingerprint of the plan that the approver saw. */
  fingerprint: fingerprintInput,
})

export const breakGlassInput = z.strictObject({
  operationId: z.uuid(),
  /** The fingerprint of the plan that the operator saw. */
  fingerprint: fingerprintInput,
  reason: reasonInput,
})

export const refuseOperationInput = z.strictObject({ operationId: z.uuid(), reason: reasonInput })

export const requestOperationRunInput = z.strictObject({
  operationId: z.uuid(),
  /** The fingerprint of the plan that the person who runs it saw. */
  fingerprint: fingerprintInput,
  /** The name of the target, typed. */
  targetName: z.string().max(200),
})

export const cancelOperationInput = z.strictObject({ operationId: z.uuid() })
