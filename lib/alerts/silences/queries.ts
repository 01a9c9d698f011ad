import { and, asc, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import { silences } from '#drizzle/schema/on-call.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'

export type Silence = typeof silences.$inferSelect

/** The silences in force, the one that ends first first. */
export const listSilences = (db: DbOrTx): Promise<Silence[]> =>
  db
    .select()
    .from(silences)
    .where(and(isNull(silences.endedAt), gt(silences.endsAt, sql`now()`)))
    .orderBy(asc(silences.endsAt), asc(silences.id))

/** Silences that are over, the newest first. */
export const listPastSilences = (db: DbOrTx, limit = 20): Promise<Silence[]> =>
  db
    .select()
    .from(silences)
    .where(sql`${silences.endedAt} is not null or ${silences.endsAt} <= now()`)
    .orderBy(desc(sql`coalesce(${silences.endedAt}, ${silences.endsAt})`))
    .limit(limit)

/** The silence with this id. Throws AppError `silence-not-found`. */
export async function getSilence(db: DbOrTx, silenceId: string): Promise<Silence> {
  const [row] = await db.select().from(silences).where(eq(silences.id, silenceId))
  if (!row) throw notFound('silence', silenceId, 'List them with: holdfast alerts silences')
  return row
}
