import type { DbOrTx } from '#lib/db/client.ts'
import { getRotation, listOverrides, listPeople, listRotations, type Rotation } from './queries.ts'
import { shiftAt } from './shift.ts'
import type { OnCall } from './types.ts'

async function findIn(db: DbOrTx, list: readonly Rotation[], at: Date): Promise<OnCall[]> {
  const [people, overrides] = await Promise.all([
    listPeople(db),
    listOverrides(
      db,
      list.map(({ id }) => id),
      at,
    ),
  ])
  const byId = new Map(people.map((person) => [person.id, person]))
  const available = new Set(byId.keys())
  return list.flatMap((rotation) => {
    const own = overrides.filter(({ rotationId }) => rotationId === rotation.id)
    const shift = shiftAt(rotation, own, available, at)
    const person = shift.userId ? byId.get(shift.userId) : undefined
    if (!person) return []
    return {
      rotationId: rotation.id,
      rotation: rotation.name,
      userId: person.id,
      email: person.email,
      name: person.name,
      until: shift.endsAt,
      isOverride: shift.overrideId !== null,
    }
  })
}

/**
 * Who is on call in this rotation at a moment; null when nobody is (before its first handover, everybody disabled, or the
 * rotation was removed). Throws AppError `rotation-not-found`.
 */
export async function findOnCall(db: DbOrTx, rotationId: string, at: Date): Promise<OnCall | null> {
  const rotation = await getRotation(db, rotationId)
  return rotation.removedAt ? null : ((await findIn(db, [rotation], at))[0] ?? null)
}

/** Who is on call at a moment, one for each rotation that has somebody, by the rotations' names. */
export async function listOnCallNow(db: DbOrTx, at: Date): Promise<OnCall[]> {
  return findIn(db, await listRotations(db), at)
}
