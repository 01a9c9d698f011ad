import { and, eq, isNull, sql } from 'drizzle-orm'
import { sessions, users } from '#drizzle/schema/auth.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import type { Db } from '#lib/db/client.ts'
import { isUuid } from '#lib/sql/uuid.ts'

/** Ends the session that a browser shows us, for good. Safe to repeat; an unknown session is no error. */
export async function signOut(db: Db, sessionId: string): Promise<void> {
  if (!isUuid(sessionId)) return
  await db.transaction(async (tx) => {
    const [ended] = await tx
      .update(sessions)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)))
      .returning({ userId: sessions.userId })
    if (!ended) return
    const [user] = await tx.select({ email: users.email }).from(users).where(eq(users.id, ended.userId))
    await appendAudit(tx, {
      actor: `user:${user!.email}`,
      action: 'sessions.sign-out',
      outcome: 'done',
      subject: `session:${sessionId}`,
    })
  })
}
