import { z } from 'zod'

export const requestPerformanceInput = z.strictObject({
  targetId: z.uuid(),
  /** Set by the schedule: the occurrence it means. */
  scheduledFor: z.date().optional(),
})

export const learnBaselineInput = z.strictObject({
  targetId: z.uuid(),
  /** Only this probe; all when absent. */
  probe: z.string().min(1).max(63).optional(),
  /** From how many of the newest measurements. */
  measurements: z.number().int().min(5).max(200).default(20),
})
