import { z } from 'zod'
import { severities } from './types.ts'

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

const severity = z.enum(severities)
const minutes = z.number().int().min(0).max(1_440)

export const addWindowInput = z.strictObject({
  targetId,
  title: z.string().trim().min(3).max(120),
  startsAt: z.coerce.date(),
  endsAt: z.coerce.date(),
  /** A cron expression for its further beginnings; null: once. */
  repeats: z.string().trim().min(1).max(100).nullable().default(null),
  timeZone: z.string().trim().min(1).max(60),
  isPublic: z.boolean().default(false),
})
export const cancelWindowInput = z.strictObject({ windowId: z.uuid() })

export const setRouteInput = z.strictObject({
  /** Absent: a new one, behind the others. */
  routeId: z.uuid().optional(),
  name: z.string().trim().min(1).max(60),
  match: z.strictObject({
    targetIds: z.array(z.uuid()).max(100).optional(),
    environments: z
      .array(z.enum(['production', 'staging', 'development']))
      .max(3)
      .optional(),
    fingerprints: z.array(z.string().trim().min(1).max(200)).max(50).optional(),
    minimumSeverity: severity.default('WARNING'),
  }),
  steps: z
    .array(
      z.strictObject({
        afterMinutes: minutes,
        channelIds: z.array(z.uuid()).max(20).default([]),
        rotationIds: z.array(z.uuid()).max(20).default([]),
      }),
    )
    .min(1, 'A route has at least one step.')
    .max(10),
  repeatMinutes: z.number().int().min(5).max(10_080).nullable().default(null),
  tellsResolved: z.boolean().default(true),
})
export const removeRouteInput = z.strictObject({ routeId: z.uuid() })
export const moveRouteInput = z.strictObject({ routeId: z.uuid(), place: z.number().int().min(1).max(1_000) })
