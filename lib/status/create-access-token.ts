import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { accessTokens, users } from '#drizzle/schema/auth.ts'
import { refuse } from '#lib/errors.ts'
import { makeAccessToken, tokenScopes } from '#lib/status/access-token.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Makes a token with which a machine reads one thing: the metrics, or a calendar (of one person by e-mail, else of all). It
 * is shown once and kept as a hash. Repeating it makes another.
 */
export const createAccessToken = defineVerb({
  action: 'tokens.create',
  input: z.strictObject({
    scope: z.enum(tokenScopes),
    name: z.string().trim().min(1, 'say what will use it').max(80),
    email: z.string().trim().toLowerCase().max(320).optional(),
  }),
  async act({ tx, actorText }, { scope, name, email }) {
    if (email && scope !== 'calendar') {
      return refuse('token-not-personal', 'Only a calendar is of one person.')
    }
    const [person] = email ? await tx.select({ id: users.id }).from(users).where(eq(users.email, email)) : []
    if (email && !person) return refuse('user-not-found', `There is nobody with the e-mail ${email}.`)
    const { token, tokenHash } = makeAccessToken(scope)
    const [row] = await tx
      .insert(accessTokens)
      .values({ scope, name, tokenHash, userId: person?.id ?? null, createdBy: actorText })
      .returning({ id: accessTokens.id })
    return {
      value: { id: row!.id, scope, name, email: email ?? null, token },
      audit: { subject: `token:${row!.id}`, detail: { scope, name, ...(email ? { of: email } : {}) } },
      changed: ['users'],
    }
  },
})
