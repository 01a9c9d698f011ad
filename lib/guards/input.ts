import { z } from 'zod'
import { targetName } from '#lib/targets/input.ts'

export const guardTarget = z.strictObject({ target: targetName })

export const guardRemovalInput = z.strictObject({
  target: targetName,
  reason: z.string().trim().min(8, 'say why in at least 8 characters').max(2_000).optional(),
})
