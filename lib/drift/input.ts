import { z } from 'zod'
import { tableText } from '#lib/targets/policy-words.ts'

/** A master: compares with that target. Else a mirror of the policy, or without one all of them. */
export const comparisonInput = z
  .strictObject({
    /** The one that should be like the master, by name. */
    target: z.string().min(1).max(63),
    master: z.string().min(1).max(63).optional(),
    mirror: z.string().min(1).max(63).optional(),
    /** By their names in the target. Empty: all tables that both have, and that have a key. */
    tables: z.array(tableText).max(500).default([]),
    names: z.record(tableText, tableText).default({}),
    ignoredColumns: z.record(tableText, z.array(z.string().min(1).max(63)).min(1)).default({}),
    /** Set by the schedule: the occurrence it means. */
    scheduledFor: z.date().optional(),
  })
  .refine(({ master, mirror }) => !(master && mirror), {
    error: 'name a master or a mirror, not both',
    path: ['mirror'],
  })

export type ComparisonInput = z.output<typeof comparisonInput>
