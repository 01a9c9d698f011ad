import { z } from 'zod'
import { incidentStatuses } from './types.ts'

const text = (longest: number) => z.string().trim().min(1, 'say something').max(longest)
const incidentId = z.uuid()

export const openIncidentInput = z.strictObject({
  targetId: z.uuid(),
  title: text(200),
  severity: z.enum(['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY']),
  /** When the trouble began, as far as the evidence tells. Now, when nobody knows. */
  beganAt: z.coerce.date().optional(),
  note: text(5_000).optional(),
  alertIds: z.array(z.uuid()).max(200).default([]),
  /** When the target's incident is open already: add the alerts to it instead of refusing. */
  join: z.boolean().default(false),
  /** With `join`: the title is better than the one that the worker gave. A person's title stays. */
  sharpens: z.boolean().default(false),
})

export const noteIncidentInput = z.strictObject({ incidentId, body: text(5_000) })

export const moveIncidentInput = z.strictObject({
  incidentId,
  to: z.enum(incidentStatuses),
  /** How it ended; needed to resolve. */
  resolution: text(5_000).optional(),
})

export const takeCommandInput = z.strictObject({ incidentId })
