import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { oneTimeLinks, users } from '#drizzle/schema/auth.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { firstAdminEmail } from '#lib/auth/create-first-admin-link.ts'
import { emailInput } from '#lib/auth/input.ts'
import { hashToken } from '#lib/auth/one-time-token.ts'
import { hashPassword, newPassword } from '#lib/auth/password.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db, DbOrTx } from '#lib/db/client.ts'
import { done, type Outcome, refuse } from '#lib/errors.ts'

const linkInput = z.strictObject({
  token: z.string().min(1).max(200),
  password: newPassword,
  /** The first admin gives both; everybody else has them already. */
  email: emailInput.optional(),
  name: z.string().trim().min(1).max(100).optional(),
})

const living = (token: string) =>
  and(
    eq(oneTimeLinks.tokenHash, hashToken(token)),
    isNull(oneTimeLinks.usedAt),
    gt(oneTimeLinks.expiresAt, sql`now()`),
  )

/** Whose link this is, while it can be used. `choosesEmail`: the first admin, who gives the e-mail, too. */
export async function findOneTimeLink(
  db: DbOrTx,
  token: string,
): Promise<{ email: string; name: string; choosesEmail: boolean } | null> {
  const [row] = await db
    .select({ email: users.email, name: users.name })
    .from(oneTimeLinks)
    .innerJoin(users, and(eq(users.id, oneTimeLinks.userId), isNull(users.disabledAt)))
    .where(living(token))
  return row ? { ...row, choosesEmail: row.email === firstAdminEmail } : null
}

/** Sets the password of the link's person and ends their sessions. The link works once; a second use is refused. */
export async function useOneTimeLink(db: Db, input: unknown): Promise<Outcome<{ email: string }>> {
  const parsed = linkInput.safeParse(input)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    return refuse('invalid-input', `${issue.path.join('.')}: ${issue.message}`)
  }
  const { token, password, email, name } = parsed.data
  const link = await findOneTimeLink(db, token)
  const unusable = refuse(
    'link-unusable',
    'This link was used before, or it is older than 24 hours.',
    'Ask an admin for a new one: holdfast users reset-password EMAIL',
  )
  if (!link) return unusable
  if (link.choosesEmail && !email) return refuse('invalid-input', 'email: give your e-mail address')
  const passwordHash = await hashPassword(password)

  try {
    return await db.transaction(async (tx) => {
      const [used] = await tx
        .update(oneTimeLinks)
        .set({ usedAt: sql`now()` })
        .where(living(token))
        .returning({ userId: oneTimeLinks.userId })
      if (!used) return unusable
      const [user] = await tx
        .update(users)
        .set({
          passwordHash,
          sessionVersion: sql`${users.sessionVersion} + 1`,
          ...(link.choosesEmail ? { email, ...(name ? { name } : {}) } : {}),
        })
        .where(and(eq(users.id, used.userId), isNull(users.disabledAt)))
        .returning({ email: users.email })
      if (!user) return unusable
      await announceChanges(tx, ['users', 'audit'])
      await appendAudit(tx, {
        actor: `user:${user.email}`,
        action: 'users.use-link',
        outcome: 'done',
        subject: `user:${user.email}`,
      })
      return done({ email: user.email })
    })
  } catch (error) {
    const taken = (error as { cause?: { code?: string } }).cause?.code === '23505'
    if (taken) return refuse('email-taken', 'There is already a person with this e-mail.')
    throw error
  }
}
