import { z } from 'zod'
import { targetName } from '#lib/targets/input.ts'

export const requestBackupInput = z.strictObject({
  /** The target's name. */
  target: targetName,
  kind: z.enum(['snapshot', 'archive']),
  purpose: z.enum(['scheduled', 'manual', 'safety', 'validation']).default('manual'),
  /** The minute a schedule meant: one slot is taken once. */
  scheduledFor: z.coerce.date().optional(),
})

export const requestVerificationInput = z.strictObject({
  backupId: z.uuid(),
  /** Only the copy in this store. Default: every copy. */
  store: z.string().min(1).max(63).optional(),
})

export const requestCopyInput = z.strictObject({
  backupId: z.uuid(),
  /** The store to copy it to. */
  store: z.string().min(1).max(63),
})

export const requestDrillInput = z.strictObject({
  target: targetName,
  /** Default: the newest good archive. */
  backupId: z.uuid().optional(),
  /** Only the copy in this store. Default: the best copy. */
  store: z.string().min(1).max(63).optional(),
  scheduledFor: z.coerce.date().optional(),
})

export const acceptBackupInput = z.strictObject({
  backupId: z.uuid(),
  reason: z.string().trim().min(1).max(2_000),
})

const reason = z.string().trim().min(1).max(2_000)

export const holdBackupInput = z.strictObject({ backupId: z.uuid(), reason })
export const releaseBackupInput = z.strictObject({ backupId: z.uuid(), reason: reason.optional() })

export const clearFreezeInput = z.strictObject({ target: targetName, reason })
