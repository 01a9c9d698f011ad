import { and, eq, isNull, sql } from 'drizzle-orm'
import { rotations } from '#drizzle/schema/on-call.ts'
import { refuse } from '#lib/errors.ts'
import { isTimeZone } from '#lib/format/is-time-zone.ts'
import { defineVerb } from '#lib/verb.ts'
import { setRotationInput } from './input.ts'
import { listPeople, listRotations } from './queries.ts'

/**
 * Makes a rotation, or changes the one with this id. Who is on call follows from what is set now, also for times that are
 * past. Setting the same again changes nothing.
 */
export const setRotation = defineVerb({
  action: 'on-call.set-rotation',
  input: setRotationInput,
  async act({ tx, actorText }, { rotationId, ...rotation }) {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('holdfast:rotations'))`)
    const all = await listRotations(tx)
    if (rotationId && !all.some(({ id }) => id === rotationId)) {
      return refuse('rotation-not-found', 'There is no such rotation any more.')
    }
    if (all.some(({ id, name }) => id !== rotationId && name === rotation.name)) {
      return refuse(
        'rotation-exists',
        `There is a rotation “${rotation.name}” already.`,
        'Choose another name.',
      )
    }
    if (!isTimeZone(rotation.timeZone)) {
      return refuse('time-zone', `“${rotation.timeZone}” is no time zone.`, 'For example: Europe/Berlin')
    }
    const people = await listPeople(tx)
    if (rotation.members.some((id) => !people.some((person) => person.id === id))) {
      return refuse('member-not-found', 'A member has no account, or one that is disabled.')
    }
    const [set] = rotationId
      ? await tx
          .update(rotations)
          .set(rotation)
          .where(and(eq(rotations.id, rotationId), isNull(rotations.removedAt)))
          .returning()
      : await tx
          .insert(rotations)
          .values({ ...rotation, createdBy: actorText })
          .returning()
    return {
      value: { rotationId: set!.id, name: set!.name },
      audit: {
        subject: `rotation:${set!.id}`,
        target: null,
        detail: {
          ...rotation,
          startsAt: rotation.startsAt.toISOString(),
          members: rotation.members.map((id) => people.find((person) => person.id === id)!.email),
        },
      },
      changed: ['on-call', 'alerts'],
    }
  },
})
