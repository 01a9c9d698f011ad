/** Where to go after signing in: a path of this console, else the Overview. An address elsewhere is never followed. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/'
  // Browsers read `//host` and `/\host` as another host.
  if (/^\/[/\\]/.test(next) || /[\p{Cc}\\]/u.test(next)) return '/'
  const path = new URL(next, 'http://here.invalid')
  if (path.host !== 'here.invalid' || path.pathname.startsWith('/sign-in')) return '/'
  return path.pathname + path.search
}
