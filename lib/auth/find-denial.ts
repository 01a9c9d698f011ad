import { and, eq } from 'drizzle-orm'
import { sessions, users } from '#drizzle/schema/auth.ts'
import { type Grantee, permissions } from '#lib/auth/permissions.ts'
import { sessionInTime } from '#lib/auth/session-time.ts'
import type { Ctx } from '#lib/context.ts'
import type { Refusal } from '#lib/errors.ts'

/**
 * Why this actor may not do this, from the database's current state, or null. A person's role is read again
 * on every call: a user demoted a second ago is refused whatever the session still says.
 */
export async function findDenial(ctx: Ctx, action: string): Promise<Refusal | null> {
  const granted = permissions[action] ?? []
  const { actor } = ctx
  if (actor.kind !== 'user') {
    return granted.includes(actor.kind) ? null : denial(action, actor.kind, granted)
  }
  const [current] = await ctx.db
    .select({
      role: users.role,
      disabledAt: users.disabledAt,
      userVersion: users.sessionVersion,
      sessionVersion: sessions.sessionVersion,
      revokedAt: sessions.revokedAt,
      inTime: sessionInTime,
    })
    .from(users)
    .innerJoin(sessions, eq(sessions.userId, users.id))
    // Somebody else's session makes nobody somebody else.
    .where(and(eq(sessions.id, actor.sessionId), eq(users.id, actor.userId)))
  const alive =
    current?.inTime &&
    !current.disabledAt &&
    !current.revokedAt &&
    current.sessionVersion === current.userVersion
  if (!alive) {
    return { code: 'session-ended', reason: 'Your session has ended.', hint: 'Sign in again.' }
  }
  return granted.includes(current.role) ? null : denial(action, current.role, granted)
}

const denial = (action: string, who: string, granted: readonly Grantee[]): Refusal => ({
  code: 'forbidden',
  reason: `${/^[aeiou]/.test(who) ? 'An' : 'A'} ${who} may not do this (${action}).`,
  hint: hintOf(who, granted),
})

function hintOf(who: string, granted: readonly Grantee[]): string | null {
  if (granted.length === 0) return null
  const takes = `It takes: ${granted.join(', ')}.`
  return who === 'operator' ? `${takes} Act as a person with an account: --as EMAIL` : takes
}
