import { and, eq, isNull, sql } from 'drizzle-orm'
import { rotations } from '#drizzle/schema/on-call.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { removeRotationInput } from './input.ts'

/** Takes a rotation away; routes that name it tell nobody of it any more, and say so. Repeating it is refused. */
export const removeRotation = defineVerb({
  action: 'on-call.remove-rotation',
  input: removeRotationInput,
  async act({ tx }, { rotationId }) {
    const [removed] = await tx
      .update(rotations)
      .set({ removedAt: sql`now()` })
      .where(and(eq(rotations.id, rotationId), isNull(rotations.removedAt)))
      .returning()
    if (!removed) return refuse('rotation-not-found', 'There is no such rotation.')
    return {
      value: { rotationId, name: removed.name },
      audit: { subject: `rotation:${rotationId}`, target: null, detail: { name: removed.name } },
      changed: ['on-call', 'alerts'],
    }
  },
})
