import { and, eq, isNull, sql } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import type { Role } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'

export interface Person {
  id: string
  role: Role
  mayApproveNow: boolean
  approverFrom: Date | null
}

/**
 * The person as they are at this moment, or null when disabled. Their row stays locked against change until the
 * transaction ends: a demotion is either seen here or happens after this act.
 */
export async function findPersonForAct(tx: Tx, userId: string): Promise<Person | null> {
  const [person] = await tx
    .select({
      id: users.id,
      role: users.role,
      approverFrom: users.approverFrom,
      mayApproveNow: sql<boolean>`coalesce(${users.approverFrom} <= now(), false)`,
    })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.disabledAt)))
    .for('share')
  return person ?? null
}
