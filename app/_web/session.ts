import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { getToken } from 'next-auth/jwt'
import { cache } from 'react'
import { getDb } from '#app/_web/db.ts'
import { sessionCookieName } from '#app/_web/session-cookie.ts'
import { findSession } from '#lib/auth/find-session.ts'
import type { Ctx, Role } from '#lib/context.ts'

export interface SessionUser {
  id: string
  email: string
  name: string
  role: Role
  sessionId: string
}

const readUser = cache(async (touch: boolean): Promise<SessionUser | null> => {
  const [jar, head] = await Promise.all([cookies(), headers()])
  const token = await getToken({
    req: {
      cookies: Object.fromEntries(jar.getAll().map(({ name, value }) => [name, value])),
      headers: Object.fromEntries(head),
    } as never,
    secret: process.env.NEXTAUTH_SECRET,
    cookieName: sessionCookieName(),
  })
  const sessionId = token?.sid
  if (typeof sessionId !== 'string') return null
  const session = await findSession(getDb(), sessionId, { touch })
  return session && { ...session.user, sessionId }
})

/**
 * Who is signed in with this request, from the database's current state, or null. Read once per request.
 * `byPage`: the page asked by itself, not a person, so that an open page does not keep its session alive for ever.
 */
export const findUser = ({ byPage = false } = {}): Promise<SessionUser | null> => readUser(!byPage)

/** The signed-in person, or the way to the sign-in page. Call it first in every page: a layout is not a guard. */
export async function requireUser(): Promise<SessionUser> {
  const user = await findUser()
  if (!user) redirect('/sign-in?ended=1')
  return user
}

/** What a verb gets from the web: no key, ever. */
export const webCtx = (user: SessionUser): Ctx => ({
  db: getDb(),
  keys: null,
  actor: { kind: 'user', userId: user.id, email: user.email, role: user.role, sessionId: user.sessionId },
})
