import { asc, count, eq, isNotNull, max, sql } from 'drizzle-orm'
import { sessions, users } from '#drizzle/schema/auth.ts'
import type { UserListing } from '#lib/auth/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'

/** Everybody with an account, by e-mail. */
export const listUsers = (db: DbOrTx): Promise<UserListing[]> =>
  db
    .select({
      id: users.id,
      email: users.email,
      name: users.name,
      role: users.role,
      approverFrom: users.approverFrom,
      disabledAt: users.disabledAt,
      hasPassword: sql<boolean>`${users.passwordHash} is not null`,
      createdAt: users.createdAt,
      lastSeenAt: max(sessions.lastSeenAt),
    })
    .from(users)
    .leftJoin(sessions, eq(sessions.userId, users.id))
    .groupBy(users.id)
    .orderBy(asc(users.email))

/** The person with this e-mail. Throws AppError `user-not-found`. */
export async function getUserByEmail(db: DbOrTx, email: string) {
  const [user] = await db.select().from(users).where(eq(users.email, email.toLowerCase()))
  if (!user) throw notFound('user', email, 'List them with: holdfast users list')
  return user
}

/** Whether nobody can sign in yet: then the first admin has to be made. */
export async function hasNoUsers(db: DbOrTx): Promise<boolean> {
  const [row] = await db.select({ people: count() }).from(users).where(isNotNull(users.passwordHash))
  return row!.people === 0
}

/** From when on this person may approve; null for nobody or never. */
export async function getApproverFrom(db: DbOrTx, userId: string): Promise<Date | null> {
  const [user] = await db.select({ from: users.approverFrom }).from(users).where(eq(users.id, userId))
  return user?.from ?? null
}
