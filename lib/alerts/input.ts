import { z } from 'zod'

const alertId = z.uuid()
const note = z.string().trim().max(1_000).optional()

export const acknowledgeAlertInput = z.strictObject({ alertId, note })
export const resolveAlertInput = z.strictObject({ alertId, note })

export const silenceAlertInput = z.strictObject({ alertId, until: z.coerce.date(), note })
