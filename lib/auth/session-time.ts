import { sql } from 'drizzle-orm'
import { sessions } from '#drizzle/schema/auth.ts'

/** A session ends this long after it was last used … */
export const idleMinutes = 30
/** … and this long after the sign-in, used or not. */
export const absoluteHours = 12

/** Whether a session is neither idle too long nor too old, by the database's clock. */
export const sessionInTime = sql<boolean>`(
  ${sessions.expiresAt} > now() and ${sessions.lastSeenAt} > now() - make_interval(mins => ${idleMinutes})
)`
