import { sql } from 'drizzle-orm'
import { statusPages } from '#drizzle/schema/status-page.ts'
import type { DbOrTx, Tx } from '#lib/db/client.ts'
import type { PublicService, StatusPageSettings } from '#lib/status/types.ts'

const untouched: StatusPageSettings = {
  isPublished: false,
  title: 'Status',
  services: [],
  notice: null,
  changedAt: null,
  changedBy: null,
}

/** The page as it is set. Not published until somebody does. */
export async function getStatusPage(db: DbOrTx): Promise<StatusPageSettings> {
  const [row] = await db.select().from(statusPages)
  if (!row) return untouched
  const { one: _, services, ...page } = row
  return { ...page, services: services as PublicService[] }
}

/** Changes what is given of the page, which is made where there is none. */
export async function writeStatusPage(
  tx: Tx,
  actorText: string,
  change: Partial<Pick<StatusPageSettings, 'isPublished' | 'title' | 'services' | 'notice'>>,
): Promise<StatusPageSettings> {
  const { changedAt: _at, changedBy: _by, ...before } = await getStatusPage(tx)
  await tx
    .insert(statusPages)
    .values({ ...before, ...change, changedBy: actorText })
    .onConflictDoUpdate({
      target: statusPages.one,
      set: { ...change, changedBy: actorText, changedAt: sql`now()` },
    })
  return getStatusPage(tx)
}
