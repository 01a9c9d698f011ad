import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { installation } from '#drizzle/schema/installation.ts'
import { getSoloMode, type SoloMode } from '#lib/auth/solo-mode.ts'
import { defineVerb } from '#lib/verb.ts'

const soloModeInput = z.strictObject({
  on: z.boolean('on or off'),
  reason: z
    .string('say why')
    .trim()
    .min(8, 'say why in at least 8 characters')
    .max(500, 'at most 500 characters'),
})

/**
 * Says whether one person alone may approve what they requested. Off counts at once: what one person approved and has
 * not begun is void, also after the mode is on again. Safe to repeat; it stays on since it first was.
 */
export const setSoloMode = defineVerb({
  action: 'users.solo-mode',
  input: soloModeInput,
  async act({ tx, actorText }, { on, reason }) {
    const before = await getSoloMode(tx)
    const values = {
      soloMode: on,
      soloSince: on ? (before.on ? before.since : sql`clock_timestamp()`) : null,
      soloBy: actorText,
      soloReason: reason,
    }
    await tx
      .insert(installation)
      .values({ one: 1, ...values })
      .onConflictDoUpdate({ target: installation.one, set: values })
    const value: SoloMode = await getSoloMode(tx)
    return {
      value,
      audit: { subject: 'installation', reason, detail: { from: before.on, to: on } },
      changed: ['users', 'operations'],
    }
  },
})
