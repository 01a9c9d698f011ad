import { z } from 'zod'

export const requestPerformanceInput = z.strictObject({ targetId: z.uuid() })

export const learnBaselineInput = z.strictObject({
  targetId: z.uuid(),
  /** Only this probe; all when absent. */
  probe: z.string().min(1).max(63).optional(),
  /** From how many of the newest measurements. */
  measurements: z.number().int().min(5).max(200).default(20),
})
