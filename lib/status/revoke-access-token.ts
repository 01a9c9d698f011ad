import { and, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { accessTokens } from '#drizzle/schema/auth.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

/** Ends a token for good: who shows it from now on is refused. Repeating it is refused, and changes nothing. */
export const revokeAccessToken = defineVerb({
  action: 'tokens.revoke',
  input: z.strictObject({ tokenId: z.uuid() }),
  async act({ tx }, { tokenId }) {
    const [ended] = await tx
      .update(accessTokens)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(accessTokens.id, tokenId), isNull(accessTokens.revokedAt)))
      .returning({ name: accessTokens.name, scope: accessTokens.scope })
    if (!ended) {
      return refuse('token-not-found', 'There is no such token, or it is revoked already.')
    }
    return { value: { tokenId, ...ended }, audit: { subject: `token:${tokenId}` }, changed: ['users'] }
  },
})
