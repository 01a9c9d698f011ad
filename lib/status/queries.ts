import { desc, eq, isNull } from 'drizzle-orm'
import { accessTokens, users } from '#drizzle/schema/auth.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** The tokens that open something, the newest first. What they are is not known any more, only that they are. */
export const listAccessTokens = (db: DbOrTx) =>
  db
    .select({
      id: accessTokens.id,
      scope: accessTokens.scope,
      name: accessTokens.name,
      email: users.email,
      createdAt: accessTokens.createdAt,
      createdBy: accessTokens.createdBy,
      lastUsedAt: accessTokens.lastUsedAt,
    })
    .from(accessTokens)
    .leftJoin(users, eq(users.id, accessTokens.userId))
    .where(isNull(accessTokens.revokedAt))
    .orderBy(desc(accessTokens.createdAt))
