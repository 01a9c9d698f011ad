import { and, eq, isNull, sql } from 'drizzle-orm'
import { rotationOverrides } from '#drizzle/schema/on-call.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { removeOverrideInput } from './input.ts'

/** Nobody stands in any more: the rotation itself counts again, at once. Repeating it is refused. */
export const removeOverride = defineVerb({
  action: 'on-call.remove-override',
  input: removeOverrideInput,
  async act({ tx }, { overrideId }) {
    const [removed] = await tx
      .update(rotationOverrides)
      .set({ removedAt: sql`now()` })
      .where(and(eq(rotationOverrides.id, overrideId), isNull(rotationOverrides.removedAt)))
      .returning()
    if (!removed) return refuse('override-not-found', 'Nobody stands in there any more.')
    return {
      value: { overrideId, rotationId: removed.rotationId },
      audit: { subject: `rotation:${removed.rotationId}`, target: null, detail: { overrideId } },
      changed: ['on-call', 'alerts'],
    }
  },
})
