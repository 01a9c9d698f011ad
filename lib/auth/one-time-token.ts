import { createHash, randomBytes } from 'node:crypto'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { oneTimeLinks } from '#drizzle/schema/auth.ts'
import type { Tx } from '#lib/db/client.ts'

export const linkHours = 24

/** Where the web door takes a one-time link. */
export const oneTimeLinkPath = (token: string): string => `/welcome/${token}`

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Makes a one-time link for a user; links made before are void. Only the token's hash is kept. */
export async function issueOneTimeToken(tx: Tx, userId: string): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(32).toString('base64url')
  await tx
    .update(oneTimeLinks)
    .set({ usedAt: sql`now()` })
    .where(and(eq(oneTimeLinks.userId, userId), isNull(oneTimeLinks.usedAt)))
  const [row] = await tx
    .insert(oneTimeLinks)
    .values({
      userId,
      tokenHash: hashToken(token),
      expiresAt: sql`now() + make_interval(hours => ${linkHours})`,
    })
    .returning({ expiresAt: oneTimeLinks.expiresAt })
  return { token, expiresAt: row!.expiresAt }
}
