import { z } from 'zod'
import { incidentKinds, incidentStatuses, severities } from './types.ts'

const text = (longest: number) => z.string().trim().min(1, 'say something').max(longest)
const incidentId = z.uuid()

export const openIncidentInput = z.strictObject({
  /** Null: it is about Holdfast itself. */
  targetId: z.uuid().nullable(),
  title: text(200),
  kind: z.enum(incidentKinds).default('other'),
  severity: z.enum(severities),
  /** When the trouble began, as far as the evidence tells. Now, when nobody knows. */
  beganAt: z.coerce.date().optional(),
  note: text(5_000).optional(),
  alertIds: z.array(z.uuid()).max(200).default([]),
  /** When the target's incident is open already: add the alerts to it instead of refusing. */
  join: z.boolean().default(false),
  /** With `join`: the title is better than the one that the worker gave. A person's title stays. */
  sharpens: z.boolean().default(false),
  /** Why its message is kept and not sent: announced work on the target, a silence. */
  heldBecause: text(200).optional(),
})

export const noteIncidentInput = z.strictObject({
  incidentId,
  body: text(5_000),
  /** When it happened, where that is not now. */
  happenedAt: z.coerce.date().optional(),
  /** The note that this one corrects. */
  correctsId: z.uuid().optional(),
})

export const moveIncidentInput = z.strictObject({
  incidentId,
  to: z.enum(incidentStatuses),
  /** How it ended; needed to resolve. */
  resolution: text(5_000).optional(),
})

export const takeCommandInput = z.strictObject({ incidentId })

export const assignIncidentInput = z.strictObject({
  incidentId,
  /** Null: nobody. */
  userId: z.uuid().nullable(),
})

export const rateIncidentInput = z.strictObject({
  incidentId,
  severity: z.enum(severities),
  reason: text(500),
})

export const pinEntryInput = z.strictObject({
  incidentId,
  entryKey: z.string().regex(/^[a-z-]+:[\w.:@+-]{1,400}$/, 'an entry of the timeline'),
  isPinned: z.boolean(),
})

export const tickStepInput = z.strictObject({
  incidentId,
  stepKey: z.string().regex(/^[a-z][a-z0-9-]{0,60}$/, 'a step of the runbook'),
  isDone: z.boolean(),
  note: text(1_000).optional(),
})

export const tellStakeholdersInput = z.strictObject({
  incidentId,
  channelIds: z.array(z.uuid()).min(1, 'choose a channel').max(20),
  title: text(200),
  body: text(4_000),
})
