/** Whether people reach this console by https; it decides the cookie's prefix and the policy's upgrade rule. */
export const isSecure = (): boolean => (process.env.NEXTAUTH_URL ?? '').startsWith('https://')

/** The session cookie. `__Host-` binds it to this host, path / and https; browsers refuse that prefix on http. */
export const sessionCookieName = (): string => (isSecure() ? '__Host-holdfast-session' : 'holdfast-session')

/** Absolute life of a session; the database ends it earlier when it is idle or revoked. */
export const sessionMaxAgeSeconds = 12 * 60 * 60
