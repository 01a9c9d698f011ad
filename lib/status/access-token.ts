import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { accessTokens } from '#drizzle/schema/auth.ts'
import type { Db } from '#lib/db/client.ts'

export const tokenScopes = ['metrics', 'calendar'] as const
export type TokenScope = (typeof tokenScopes)[number]

export interface AccessToken {
  id: string
  scope: TokenScope
  name: string
  /** Whose calendar it opens; null: everybody's. */
  userId: string | null
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest()

/** A new token and what is kept of it. It says itself what it is, so that one that leaked can be found. */
export function makeAccessToken(scope: TokenScope): { token: string; tokenHash: string } {
  const token = `holdfast_${scope}_${randomBytes(32).toString('base64url')}`
  return { token, tokenHash: hashOf(token).toString('hex') }
}

/**
 * The living token of this scope with this text, or null. Its use is noted at most once a minute. The text itself is
 * compared nowhere: its hash is, in constant time.
 */
export async function findAccessToken(db: Db, text: string, scope: TokenScope): Promise<AccessToken | null> {
  if (!/^holdfast_[a-z]+_[\w-]{43}$/.test(text)) return null
  const shown = hashOf(text)
  const [row] = await db
    .select()
    .from(accessTokens)
    .where(
      and(
        eq(accessTokens.tokenHash, shown.toString('hex')),
        eq(accessTokens.scope, scope),
        isNull(accessTokens.revokedAt),
      ),
    )
  if (!row || !timingSafeEqual(Buffer.from(row.tokenHash, 'hex'), shown)) return null
  await db
    .update(accessTokens)
    .set({ lastUsedAt: sql`now()` })
    .where(
      and(
        eq(accessTokens.id, row.id),
        or(isNull(accessTokens.lastUsedAt), lt(accessTokens.lastUsedAt, sql`now() - interval '1 minute'`)),
      ),
    )
  const { id, name, userId } = row
  return { id, scope, name, userId }
}

/** The token of an `Authorization: Bearer …` header, or null. Pure. */
export const bearerOf = (header: string | null): string | null =>
  /^Bearer +([\w-]{1,200}) *$/i.exec(header ?? '')?.[1] ?? null
