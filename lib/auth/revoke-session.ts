import { and, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { sessions, users } from '#drizzle/schema/auth.ts'
import type { Actor } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

async function isAdmin(tx: Tx, actor: Actor): Promise<boolean> {
  if (actor.kind !== 'user') return false
  const [user] = await tx.select({ role: users.role }).from(users).where(eq(users.id, actor.userId))
  return user?.role === 'admin'
}

/** Ends a session for good: one's own, or as an admin anybody's. Safe to repeat. */
export const revokeSession = defineVerb({
  action: 'sessions.revoke',
  input: z.strictObject({ sessionId: z.uuid() }),
  async act({ tx, actor }, { sessionId }) {
    const own = actor.kind === 'user' && actor.sessionId === sessionId
    const mayEndOthers = actor.kind === 'operator' || (!own && (await isAdmin(tx, actor)))
    if (!own && !mayEndOthers) return refuse('forbidden', 'You may end your own session only.')
    await tx
      .update(sessions)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)))
    return { value: { sessionId }, audit: { subject: `session:${sessionId}` }, changed: ['users'] }
  },
})
