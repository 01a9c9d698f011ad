import { and, desc, eq, gte, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { backupCopies, drills } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { type DrillStreak, drillStreak } from '#lib/backups/drills/drill-streak.ts'
import type { Verdict } from '#lib/backups/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'

const rememberedDays = 400
const dayMs = 86_400_000

/** The streak of a target's drills; the longest one of the last 400 days. */
export async function readDrillStreak(
  db: DbOrTx,
  targetId: string,
  { now, timeZone }: { now: Date; timeZone: string },
): Promise<DrillStreak> {
  const rows = await db
    .select({ finishedAt: drills.finishedAt, verdict: drills.verdict })
    .from(drills)
    .where(
      and(
        eq(drills.targetId, targetId),
        isNotNull(drills.verdict),
        gte(drills.finishedAt, new Date(now.getTime() - rememberedDays * dayMs)),
      ),
    )
  return drillStreak(rows as { finishedAt: Date; verdict: Verdict }[], { now, timeZone })
}

/** When a drill last proved a copy in a store. Null: never. */
export interface StoreProof {
  store: string
  drillId: string | null
  backupId: string | null
  provenAt: Date | null
}

/** Per store, in the policy's order, the newest passed drill of a copy that lies there. */
export async function listStoreProofs(
  db: DbOrTx,
  targetId: string,
  stores: readonly string[],
): Promise<StoreProof[]> {
  const rows = await db
    .selectDistinctOn([archiveStores.name], {
      store: archiveStores.name,
      drillId: drills.id,
      backupId: drills.backupId,
      provenAt: drills.finishedAt,
    })
    .from(drills)
    .innerJoin(backupCopies, eq(backupCopies.id, drills.copyId))
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(
      and(
        eq(drills.targetId, targetId),
        eq(drills.verdict, 'passed'),
        isNull(archiveStores.removedAt),
        inArray(archiveStores.name, [...stores]),
      ),
    )
    .orderBy(archiveStores.name, sql`${drills.finishedAt} desc`, desc(drills.id))
  return stores.map(
    (store) =>
      rows.find((row) => row.store === store) ?? { store, drillId: null, backupId: null, provenAt: null },
  )
}
