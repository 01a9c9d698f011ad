import { and, eq, inArray, isNull } from 'drizzle-orm'
import { sessions, users } from '#drizzle/schema/auth.ts'
import { sessionInTime } from '#lib/auth/session-time.ts'
import type { SignedInUser } from '#lib/auth/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** Which of these sessions are alive now, each with its person as they are now. One question for all of them; counts as no use. */
export async function listLiveSessions(
  db: DbOrTx,
  sessionIds: readonly string[],
): Promise<Map<string, SignedInUser>> {
  if (sessionIds.length === 0) return new Map()
  const rows = await db
    .select({
      sessionId: sessions.id,
      id: users.id,
      email: users.email,
      name: users.name,
      role: users.role,
    })
    .from(sessions)
    .innerJoin(users, and(eq(users.id, sessions.userId), eq(users.sessionVersion, sessions.sessionVersion)))
    .where(
      and(
        inArray(sessions.id, [...sessionIds]),
        isNull(sessions.revokedAt),
        isNull(users.disabledAt),
        sessionInTime,
      ),
    )
  return new Map(rows.map(({ sessionId, ...user }) => [sessionId, user]))
}
