/** Where to go after signing in: a path of this console, else the Overview. An address elsewhere is never followed. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/'
  if (/[\p{Cc}\\]/u.test(next)) return '/'
  if (!URL.canParse(next, 'http://here.invalid')) return '/'
  const path = new URL(next, 'http://here.invalid')
  // A path that begins with two slashes is another host, also when it only became one by resolving `/..//host`.
  const leaves = path.host !== 'here.invalid' || path.pathname.startsWith('//')
  if (leaves || path.pathname.startsWith('/sign-in')) return '/'
  return path.pathname + path.search
}
