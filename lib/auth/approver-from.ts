import { type SQL, sql } from 'drizzle-orm'

/** From when a new, promoted or reset account may approve: in 24 h, or now when the host's operator vouches. */
export const approverFrom = (vouched: boolean): SQL =>
  vouched ? sql`now()` : sql`now() + interval '24 hours'`
