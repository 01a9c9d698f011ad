import { rotationOverrides } from '#drizzle/schema/on-call.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { addOverrideInput } from './input.ts'
import { getRotation, listPeople } from './queries.ts'

const longestDays = 90

/** Lets somebody stand in for whoever is on call. Of two that overlap the newest counts, so repeating it changes nothing. */
export const addOverride = defineVerb({
  action: 'on-call.add-override',
  input: addOverrideInput,
  async act({ tx, actorText }, input) {
    const rotation = await getRotation(tx, input.rotationId)
    if (rotation.removedAt) return refuse('rotation-not-found', 'There is no such rotation any more.')
    const lengthMs = input.endsAt.getTime() - input.startsAt.getTime()
    if (lengthMs <= 0)
      return refuse('override-empty', 'It has to end after it begins.', 'Choose a later end.')
    if (lengthMs > longestDays * 86_400_000) {
      return refuse(
        'override-too-long',
        `Somebody stands in for at most ${longestDays} days.`,
        'Change the rotation.',
      )
    }
    if (input.endsAt.getTime() <= Date.now()) {
      return refuse('override-over', 'It would be over already.', 'Choose a later end.')
    }
    const person = (await listPeople(tx)).find(({ id }) => id === input.userId)
    if (!person) return refuse('member-not-found', 'This person has no account, or one that is disabled.')
    const [made] = await tx
      .insert(rotationOverrides)
      .values({ ...input, createdBy: actorText })
      .returning()
    return {
      value: { overrideId: made!.id, email: person.email, startsAt: made!.startsAt, endsAt: made!.endsAt },
      audit: {
        subject: `rotation:${rotation.id}`,
        target: null,
        detail: {
          rotation: rotation.name,
          person: person.email,
          startsAt: input.startsAt.toISOString(),
          endsAt: input.endsAt.toISOString(),
        },
      },
      changed: ['on-call', 'alerts'],
    }
  },
})
