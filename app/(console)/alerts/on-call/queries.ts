import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listOnCallNow } from '#lib/on-call/find-on-call.ts'
import { listOverrides, listPeople, listRotations } from '#lib/on-call/queries.ts'
import { weeksOf } from '#lib/on-call/weeks.ts'

const shownWeeks = 4

export const onCallRead = defineRead({
  name: 'on-call',
  topics: ['on-call', 'users'],
  audience: 'role',
  input: z.null(),
  async read({ db, user }) {
    const now = new Date()
    const [rotations, people, current] = await Promise.all([
      listRotations(db),
      listPeople(db),
      listOnCallNow(db, now),
    ])
    const overrides = await listOverrides(
      db,
      rotations.map(({ id }) => id),
      now,
    )
    const available = new Set(people.map(({ id }) => id))
    return {
      role: user.role,
      people,
      rotations: rotations.map((rotation) => {
        const own = overrides.filter(({ rotationId }) => rotationId === rotation.id)
        return {
          id: rotation.id,
          name: rotation.name,
          timeZone: rotation.timeZone,
          startsAt: rotation.startsAt,
          shiftDays: rotation.shiftDays,
          members: rotation.members,
          onCall: current.find(({ rotationId }) => rotationId === rotation.id) ?? null,
          weeks: weeksOf(rotation, own, available, now, shownWeeks),
          overrides: own,
        }
      }),
    }
  },
})
