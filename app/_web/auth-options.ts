import type { NextAuthOptions } from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import { getDb } from '#app/_web/db.ts'
import { nearestAddress } from '#app/_web/nearest-address.ts'
import { isSecure, sessionCookieName, sessionMaxAgeSeconds } from '#app/_web/session-cookie.ts'
import { signIn } from '#lib/auth/sign-in.ts'
import { signOut } from '#lib/auth/sign-out.ts'
import { AppError } from '#lib/errors.ts'
import { log } from '#lib/log.ts'

const text = (value: unknown, longest: number): string =>
  typeof value === 'string' ? value.slice(0, longest) : ''

/** next-auth hands an error's message to the sign-in page; a refusal travels in it as JSON. */
const refusalError = (code: string, reason: string, hint: string | null): Error =>
  new Error(JSON.stringify({ code, reason, hint }))

/**
 * Credentials sign-in. The token carries only a session id; whether that session lives is read from the database
 * on every request, so revoking it ends it at once.
 */
export const authOptions = (): NextAuthOptions => ({
  secret: process.env.NEXTAUTH_SECRET,
  pages: { signIn: '/sign-in', error: '/sign-in', signOut: '/sign-in' },
  session: { strategy: 'jwt', maxAge: sessionMaxAgeSeconds },
  useSecureCookies: isSecure(),
  cookies: {
    sessionToken: {
      name: sessionCookieName(),
      options: { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure() },
    },
  },
  providers: [
    Credentials({
      credentials: { email: {}, password: {} },
      async authorize(credentials, request) {
        const headers = (request.headers ?? {}) as Record<string, string | undefined>
        try {
          const outcome = await signIn(getDb(), {
            email: text(credentials?.email, 320),
            password: text(credentials?.password, 1024),
            userAgent: text(headers['user-agent'], 400) || null,
            address: nearestAddress(headers['x-forwarded-for']),
          })
          if (!outcome.ok) {
            throw refusalError(outcome.refusal.code, outcome.refusal.reason, outcome.refusal.hint)
          }
          return { id: outcome.value.user.id, sid: outcome.value.sessionId }
        } catch (error) {
          if (error instanceof AppError) throw refusalError(error.code, error.message, error.hint)
          if (error instanceof Error && error.message.startsWith('{')) throw error
          log.error({ err: error }, 'sign-in failed')
          throw refusalError(
            'failed',
            'Signing in failed on our side.',
            'Try again; the server log says why.',
          )
        }
      },
    }),
  ],
  callbacks: {
    jwt: ({ token, user }) => (user ? { sid: (user as unknown as { sid: string }).sid } : token),
    // Nothing of the account is kept in the token, so next-auth's own session endpoint tells nothing.
    session: ({ session }) => ({ expires: session.expires }),
  },
  events: {
    async signOut({ token }) {
      const sessionId = (token as { sid?: string } | undefined)?.sid
      if (sessionId) await signOut(getDb(), sessionId)
    },
  },
})
