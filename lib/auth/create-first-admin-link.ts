import { eq, sql } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { issueOneTimeToken } from '#lib/auth/one-time-token.ts'
import { hasNoUsers } from '#lib/auth/queries.ts'
import type { Ctx } from '#lib/context.ts'
import { formatActor } from '#lib/context.ts'

/** The e-mail of the first admin until they give their own. `.invalid` can never be somebody's. */
export const firstAdminEmail = 'first-admin@holdfast.invalid'

/**
 * The one-time token with which the first admin chooses e-mail and password, or null when somebody can sign in already.
 * Safe to repeat; the newest token holds.
 */
export async function createFirstAdminLink(ctx: Ctx): Promise<{ token: string; expiresAt: Date } | null> {
  if (ctx.actor.kind !== 'operator') return null
  if (!(await hasNoUsers(ctx.db))) return null
  const actor = formatActor(ctx.actor)
  return ctx.db.transaction(async (tx) => {
    await tx
      .insert(users)
      .values({
        email: firstAdminEmail,
        name: 'First admin',
        role: 'admin',
        createdBy: actor,
        approverFrom: sql`now()`,
      })
      .onConflictDoNothing()
    const [user] = await tx.select({ id: users.id }).from(users).where(eq(users.email, firstAdminEmail))
    const link = await issueOneTimeToken(tx, user!.id)
    await appendAudit(tx, {
      actor,
      action: 'users.first-admin',
      outcome: 'done',
      subject: 'user:first-admin',
    })
    return link
  })
}
