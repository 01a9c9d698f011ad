import { and, desc, eq, gt, inArray, isNull } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { rotationOverrides, rotations } from '#drizzle/schema/on-call.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'

export type Rotation = typeof rotations.$inferSelect
export type Override = typeof rotationOverrides.$inferSelect

/** The rotations there are, by name. */
export const listRotations = (db: DbOrTx): Promise<Rotation[]> =>
  db.select().from(rotations).where(isNull(rotations.removedAt)).orderBy(rotations.name, rotations.id)

/** The rotation with this id, also a removed one. Throws AppError `rotation-not-found`. */
export async function getRotation(db: DbOrTx, rotationId: string): Promise<Rotation> {
  const [row] = await db.select().from(rotations).where(eq(rotations.id, rotationId))
  if (!row) throw notFound('rotation', rotationId, 'List them with: holdfast on-call show')
  return row
}

/** The rotation of this name. Throws AppError `rotation-not-found`. */
export async function getRotationByName(db: DbOrTx, name: string): Promise<Rotation> {
  const [row] = await db
    .select()
    .from(rotations)
    .where(and(eq(rotations.name, name), isNull(rotations.removedAt)))
  if (!row) throw notFound('rotation', name, 'List them with: holdfast on-call show')
  return row
}

/** What stands in for somebody at or after this moment, the newest first. */
export async function listOverrides(db: DbOrTx, rotationIds: string[], since: Date): Promise<Override[]> {
  if (rotationIds.length === 0) return []
  return db
    .select()
    .from(rotationOverrides)
    .where(
      and(
        inArray(rotationOverrides.rotationId, rotationIds),
        isNull(rotationOverrides.removedAt),
        gt(rotationOverrides.endsAt, since),
      ),
    )
    .orderBy(desc(rotationOverrides.createdAt), desc(rotationOverrides.id))
}

export interface Person {
  id: string
  email: string
  name: string
}

/** Everybody who can be on call: accounts that are not disabled. */
export const listPeople = (db: DbOrTx): Promise<Person[]> =>
  db
    .select({ id: users.id, email: users.email, name: users.name })
    .from(users)
    .where(isNull(users.disabledAt))
    .orderBy(users.name, users.email)
