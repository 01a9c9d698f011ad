import { and, eq, isNull, lt, sql } from 'drizzle-orm'
import { sessions, users } from '#drizzle/schema/auth.ts'
import { sessionInTime } from '#lib/auth/session-time.ts'
import type { LiveSession } from '#lib/auth/types.ts'
import type { Db } from '#lib/db/client.ts'
import { isUuid } from '#lib/sql/uuid.ts'

/**
 * The session if it is alive now: not revoked, not idle for 30 min, not older than 12 h, and of the user's current
 * session version. `touch` counts the call as use (at most one write a minute); leave it off for what a page does by itself.
 */
export async function findSession(
  db: Db,
  sessionId: string,
  { touch = true }: { touch?: boolean } = {},
): Promise<LiveSession | null> {
  if (!isUuid(sessionId)) return null
  const [row] = await db
    .select({
      sessionVersion: sessions.sessionVersion,
      expiresAt: sessions.expiresAt,
      id: users.id,
      email: users.email,
      name: users.name,
      role: users.role,
    })
    .from(sessions)
    .innerJoin(users, and(eq(users.id, sessions.userId), eq(users.sessionVersion, sessions.sessionVersion)))
    .where(
      and(eq(sessions.id, sessionId), isNull(sessions.revokedAt), isNull(users.disabledAt), sessionInTime),
    )
  if (!row) return null
  if (touch) {
    await db
      .update(sessions)
      .set({ lastSeenAt: sql`now()` })
      .where(and(eq(sessions.id, sessionId), lt(sessions.lastSeenAt, sql`now() - interval '1 minute'`)))
  }
  const { sessionVersion, expiresAt, ...user } = row
  return { sessionId, sessionVersion, expiresAt, user }
}
