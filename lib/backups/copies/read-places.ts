import { eq, inArray, sql } from 'drizzle-orm'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { judgePlaces, type PlacesJudgement } from '#lib/stores/judge-places.ts'
import { formatPlace, listStores } from '#lib/stores/queries.ts'
import type { S3Settings, StoreRecord } from '#lib/stores/types.ts'
import { getPolicy, listTargets } from '#lib/targets/queries.ts'

export interface ShownStore extends Omit<StoreRecord, 'settings'> {
  place: string
  lockDays: number | null
  /** Others write their archives there; Holdfast only reads. */
  isForeign: boolean
  /** Copies of archives that are to be kept, by their state. */
  copies: { good: number; damaged: number; missing: number; writing: number; failed: number }
  /** The targets whose policy sends archives there. */
  targets: string[]
}

export interface TargetPlaces extends PlacesJudgement {
  target: string
  /** In the policy's order: the first takes the archive. */
  stores: string[]
}

async function countCopies(db: DbOrTx): Promise<Map<string, ShownStore['copies']>> {
  const rows = await db
    .select({
      storeId: backupCopies.storeId,
      status: backupCopies.status,
      copies: sql<number>`count(*)::int`,
    })
    .from(backupCopies)
    .innerJoin(backups, eq(backups.id, backupCopies.backupId))
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(inArray(backups.status, ['good', 'suspicious', 'failed']))
    .groupBy(backupCopies.storeId, backupCopies.status)
  const counts = new Map<string, ShownStore['copies']>()
  for (const { storeId, status, copies } of rows) {
    const own = counts.get(storeId) ?? { good: 0, damaged: 0, missing: 0, writing: 0, failed: 0 }
    if (status in own) own[status as keyof typeof own] += copies
    counts.set(storeId, own)
  }
  return counts
}

/** Every store with what lies there and who uses it, and every target with the places that its archives go to. */
export async function readPlaces(db: DbOrTx): Promise<{ stores: ShownStore[]; targets: TargetPlaces[] }> {
  const [stores, counts, all] = await Promise.all([listStores(db), countCopies(db), listTargets(db)])
  const targets = await Promise.all(
    all.map(async (target): Promise<TargetPlaces> => {
      const { document } = await getPolicy(db, target.id)
      const places = document.stores.flatMap((name) => stores.find((store) => store.name === name) ?? [])
      return { target: target.name, stores: document.stores, ...judgePlaces(places) }
    }),
  )
  const none = { good: 0, damaged: 0, missing: 0, writing: 0, failed: 0 }
  return {
    targets,
    stores: stores.map(({ settings, ...store }) => ({
      ...store,
      place: formatPlace({ kind: store.kind, settings }),
      lockDays: store.kind === 's3' ? (settings as S3Settings).lockDays : null,
      isForeign: settings.foreign === true,
      copies: counts.get(store.id) ?? none,
      targets: targets.filter((one) => one.stores.includes(store.name)).map((one) => one.target),
    })),
  }
}
