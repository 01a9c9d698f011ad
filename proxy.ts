import { type NextRequest, NextResponse } from 'next/server'
import { getToken } from 'next-auth/jwt'
import { isSecure, sessionCookieName } from '#app/_web/session-cookie.ts'

const publicPaths = ['/sign-in', '/welcome', '/acknowledge']

const isPublic = (path: string): boolean =>
  publicPaths.some((open) => path === open || path.startsWith(`${open}/`))

function contentSecurityPolicy(nonce: string): string {
  const development = process.env.NODE_ENV === 'development'
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    // The toaster and the scroll lock of dialogs put style elements and attributes on the page.
    "style-src-elem 'self' 'unsafe-inline'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${development ? ' ws:' : ''}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(isSecure() ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
}

/**
 * The page's security policy, and a kind redirect for people who are not signed in. It protects nothing:
 * every page, read and action asks the database who acts.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const { pathname, search } = request.nextUrl
  // Text of their own with a policy of their own.
  if (pathname === '/status' || pathname === '/metrics') return NextResponse.next()
  // A redirected POST would break a server action; it answers by itself that the session has ended.
  const reading = request.method === 'GET' || request.method === 'HEAD'
  if (reading && !isPublic(pathname)) {
    const token = await getToken({
      req: request,
      secret: process.env.NEXTAUTH_SECRET,
      cookieName: sessionCookieName(),
    })
    if (!token) {
      const signIn = request.nextUrl.clone()
      signIn.pathname = '/sign-in'
      signIn.search = pathname === '/' ? '' : `?next=${encodeURIComponent(pathname + search)}`
      return NextResponse.redirect(signIn)
    }
  }
  const nonce = btoa(crypto.randomUUID())
  const policy = contentSecurityPolicy(nonce)
  const headers = new Headers(request.headers)
  headers.set('x-nonce', nonce)
  headers.set('content-security-policy', policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  if (!isPublic(pathname)) response.headers.set('cache-control', 'no-store')
  return response
}

// No `missing: next-router-prefetch`: with it, a prefetch header would walk past the redirect and the policy.
export const config = { matcher: ['/((?!api/|_next/static/|_next/image|icon.svg|favicon.ico).*)'] }
