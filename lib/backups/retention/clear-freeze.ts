import { and, eq, isNull, sql } from 'drizzle-orm'
import { retentionFreezes } from '#drizzle/schema/backups.ts'
import { clearFreezeInput } from '#lib/backups/input.ts'
import { refuse } from '#lib/errors.ts'
import { getTargetByName } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Lets a target's retention work again after a person has looked at what stopped it. The same evidence does not stop it a
 * second time, new evidence does. Refused when nothing is frozen; safe to repeat.
 */
export const clearFreeze = defineVerb({
  action: 'backups.unfreeze',
  input: clearFreezeInput,
  async act({ tx, actorText }, { target: name, reason }) {
    const target = await getTargetByName(tx, name)
    const cleared = await tx
      .update(retentionFreezes)
      .set({ clearedAt: sql`now()`, clearedBy: actorText, clearReason: reason })
      .where(and(eq(retentionFreezes.targetId, target.id), isNull(retentionFreezes.clearedAt)))
      .returning({ subject: retentionFreezes.subject, reason: retentionFreezes.reason })
    if (cleared.length === 0) {
      return refuse('not-frozen', `The retention of ${target.name} is not frozen.`)
    }
    return {
      value: { target: target.name, cleared },
      audit: { subject: `target:${target.id}`, target: target.name, reason, detail: { cleared } },
      changed: ['backups', 'alerts'],
    }
  },
})
