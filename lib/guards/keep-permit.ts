import { and, eq } from 'drizzle-orm'
import { permits } from '#drizzle/schema/permits.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** Keeps the secret of a permit that is about to be made. Shown to nobody before the permit is known to be open. */
export const keepPermitSecret = (
  db: DbOrTx,
  permit: { id: string; targetId: string; secret: string },
): Promise<unknown> =>
  db
    .insert(permits)
    .values(permit)
    .onConflictDoUpdate({
      target: permits.id,
      set: { secret: permit.secret },
      setWhere: eq(permits.state, 'opening'),
    })

/** The target has committed the permit. Safe to repeat. */
export async function keepOpenPermit(
  db: DbOrTx,
  id: string,
  times: { opensAt: Date; expiresAt: Date },
): Promise<void> {
  await db
    .update(permits)
    .set({ state: 'open', ...times })
    .where(and(eq(permits.id, id), eq(permits.state, 'opening')))
  await announceChanges(db, ['guards'])
}
