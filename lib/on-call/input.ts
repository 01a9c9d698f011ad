import { z } from 'zod'

const wholeMinute = z.coerce.date().transform((at) => new Date(Math.floor(at.getTime() / 60_000) * 60_000))

export const setRotationInput = z.strictObject({
  /** Absent: a new one. */
  rotationId: z.uuid().optional(),
  name: z.string().trim().min(1).max(60),
  timeZone: z.string().trim().min(1).max(60),
  startsAt: wholeMinute,
  shiftDays: z.number().int().min(1).max(90),
  members: z.array(z.uuid()).min(1, 'A rotation has at least one member.').max(50),
})
export const removeRotationInput = z.strictObject({ rotationId: z.uuid() })

export const addOverrideInput = z.strictObject({
  rotationId: z.uuid(),
  userId: z.uuid(),
  startsAt: z.coerce.date(),
  endsAt: z.coerce.date(),
})
export const removeOverrideInput = z.strictObject({ overrideId: z.uuid() })
