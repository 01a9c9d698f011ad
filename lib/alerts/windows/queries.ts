import { and, asc, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { maintenanceWindows } from '#drizzle/schema/on-call.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'

export type MaintenanceWindow = typeof maintenanceWindows.$inferSelect

/** Windows that are in effect or will be: not cancelled, and repeating or not over. */
export const listWindows = (db: DbOrTx): Promise<MaintenanceWindow[]> =>
  db
    .select()
    .from(maintenanceWindows)
    .where(
      and(
        isNull(maintenanceWindows.cancelledAt),
        or(isNotNull(maintenanceWindows.repeats), gt(maintenanceWindows.endsAt, sql`now()`)),
      ),
    )
    .orderBy(asc(maintenanceWindows.startsAt), asc(maintenanceWindows.id))

/** The window with this id. Throws AppError `window-not-found`. */
export async function getWindow(db: DbOrTx, windowId: string): Promise<MaintenanceWindow> {
  const [row] = await db.select().from(maintenanceWindows).where(eq(maintenanceWindows.id, windowId))
  if (!row) throw notFound('window', windowId, 'List them with: holdfast windows list')
  return row
}
