import { eq, gte, inArray, isNull, sql } from 'drizzle-orm'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { archiveStores, storeMeasurements } from '#drizzle/schema/stores.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { forecastStorage, type StorageForecast } from '#lib/backups/retention/storage-forecast.ts'
import type { BackupKind, BackupStatus, RecordedError } from '#lib/backups/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { LocalSettings, S3Settings } from '#lib/stores/types.ts'

const shownDays = 90
const dayMs = 86_400_000
const takesPlace = ['good', 'damaged', 'deleting'] as const

export interface StoreUse {
  id: string
  name: string
  kind: 'local' | 's3'
  settings: LocalSettings | S3Settings
  status: 'reachable' | 'unreachable'
  statusAt: Date
  error: RecordedError | null
  usedBytes: number | null
  freeBytes: number | null
  /** What each target's copies take, by our records; the largest first. */
  targets: { targetId: string; name: string; copies: number; bytes: number }[]
  measurements: { measuredAt: Date; usedBytes: number; freeBytes: number | null }[]
  forecast: StorageForecast
}

/** Every store with its use, its growth over 90 days and when it will be full. */
export async function listStoreUse(db: DbOrTx, now: Date): Promise<StoreUse[]> {
  const since = new Date(now.getTime() - shownDays * dayMs)
  const [stores, uses, measurements] = await Promise.all([
    db.select().from(archiveStores).where(isNull(archiveStores.removedAt)).orderBy(archiveStores.createdAt),
    db
      .select({
        storeId: backupCopies.storeId,
        targetId: backups.targetId,
        name: targets.name,
        copies: sql<number>`count(*)::int`,
        bytes: sql<number>`coalesce(sum(${backupCopies.sizeBytes}), 0)::float8`,
      })
      .from(backupCopies)
      .innerJoin(backups, eq(backups.id, backupCopies.backupId))
      .innerJoin(targets, eq(targets.id, backups.targetId))
      .where(inArray(backupCopies.status, [...takesPlace]))
      .groupBy(backupCopies.storeId, backups.targetId, targets.name)
      .orderBy(sql`5 desc`),
    db
      .select({
        storeId: storeMeasurements.storeId,
        measuredAt: storeMeasurements.measuredAt,
        usedBytes: storeMeasurements.usedBytes,
        freeBytes: storeMeasurements.freeBytes,
      })
      .from(storeMeasurements)
      .where(gte(storeMeasurements.measuredAt, since))
      .orderBy(storeMeasurements.measuredAt),
  ])
  return stores.map((store) => {
    const ownMeasurements = measurements.filter(({ storeId }) => storeId === store.id)
    return {
      id: store.id,
      name: store.name,
      kind: store.kind,
      settings: store.settings as LocalSettings | S3Settings,
      status: store.status,
      statusAt: store.statusAt,
      error: store.error as RecordedError | null,
      usedBytes: store.usedBytes,
      freeBytes: store.freeBytes,
      targets: uses
        .filter(({ storeId }) => storeId === store.id)
        .map(({ targetId, name, copies, bytes }) => ({ targetId, name, copies, bytes })),
      measurements: ownMeasurements.map(({ storeId, ...measured }) => measured),
      forecast: forecastStorage(ownMeasurements, now),
    }
  })
}

/** How many backups of a target are kept, and what they take, by kind and status. */
export interface KeptBackups {
  kind: BackupKind
  status: BackupStatus
  count: number
  bytes: number
  held: number
}

/** What there is of a target's backups, in one aggregate. */
export const countKept = (db: DbOrTx, targetId: string): Promise<KeptBackups[]> =>
  db
    .select({
      kind: backups.kind,
      status: backups.status,
      count: sql<number>`count(*)::int`,
      bytes: sql<number>`coalesce(sum(${backups.sizeBytes}), 0)::float8`,
      held: sql<number>`count(${backups.heldAt})::int`,
    })
    .from(backups)
    .where(eq(backups.targetId, targetId))
    .groupBy(backups.kind, backups.status)
