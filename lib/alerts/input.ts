import { z } from 'zod'

const alertId = z.uuid()
const note = z.string().trim().max(1_000).optional()

export const acknowledgeAlertInput = z.strictObject({ alertId, note })
export const resolveAlertInput = z.strictObject({ alertId, note })

export const silenceAlertInput = z.strictObject({ alertId, until: z.coerce.date(), note })

const reason = z.string().trim().min(3, 'Say why, in a few words.').max(1_000)
const targetId = z.uuid().nullable().default(null)

export const addSilenceInput = z.strictObject({
  /** Null: on every target. */
  targetId,
  pattern: z
    .string()
    .trim()
    .min(2)
    .max(200)
    .regex(/^[^*]+\*?$/, 'A fingerprint, or the beginning of one and * at its end.'),
  reason,
  until: z.coerce.date(),
})
export const endSilenceInput = z.strictObject({ silenceId: z.uuid() })
