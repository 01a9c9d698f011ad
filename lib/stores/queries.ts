import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { policies, targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'
import type { LocalSettings, S3Settings, StoreRecord } from '#lib/stores/types.ts'

/** The store that every installation has: `archives` in its data directory. */
export const defaultStoreName = 'local'

const columns = {
  id: archiveStores.id,
  name: archiveStores.name,
  kind: archiveStores.kind,
  settings: archiveStores.settings,
  status: archiveStores.status,
  statusAt: archiveStores.statusAt,
  error: archiveStores.error,
  usedBytes: archiveStores.usedBytes,
  freeBytes: archiveStores.freeBytes,
  createdAt: archiveStores.createdAt,
}

/** The stores there are, by name. */
export async function listStores(db: DbOrTx): Promise<StoreRecord[]> {
  const rows = await db
    .select(columns)
    .from(archiveStores)
    .where(isNull(archiveStores.removedAt))
    .orderBy(asc(archiveStores.name))
  return rows as StoreRecord[]
}

export async function findStoreByName(db: DbOrTx, name: string): Promise<StoreRecord | null> {
  const [row] = await db
    .select(columns)
    .from(archiveStores)
    .where(and(eq(archiveStores.name, name), isNull(archiveStores.removedAt)))
  return (row as StoreRecord | undefined) ?? null
}

/** Throws AppError `store-not-found`. */
export async function getStoreByName(db: DbOrTx, name: string): Promise<StoreRecord> {
  const store = await findStoreByName(db, name)
  if (!store) throw notFound('store', name, 'List them with: holdfast stores list')
  return store
}

/** The living targets whose policy in force sends archives to this store, or watches others' archives in it. */
export async function listTargetsOfStore(db: DbOrTx, name: string): Promise<string[]> {
  const inForce = db
    .selectDistinctOn([policies.targetId], { targetId: policies.targetId, document: policies.document })
    .from(policies)
    .orderBy(policies.targetId, sql`${policies.version} desc`)
    .as('in_force')
  const rows = await db
    .select({ name: targets.name })
    .from(inForce)
    .innerJoin(targets, eq(targets.id, inForce.targetId))
    .where(
      and(
        isNull(targets.removedAt),
        sql`(coalesce(${inForce.document} -> 'stores', '["local"]') ? ${name}
          or jsonb_path_exists(${inForce.document}, '$.foreignArchives[*] ? (@.store == $name)', jsonb_build_object('name', ${name}::text)))`,
      ),
    )
    .orderBy(asc(targets.name))
  return rows.map((row) => row.name)
}

/** Where a store is, for people. */
export function formatPlace({ kind, settings }: Pick<StoreRecord, 'kind' | 'settings'>): string {
  if (kind === 'local') return (settings as LocalSettings).directory ?? 'archives in the data directory'
  const { endpoint, bucket, prefix, region } = settings as S3Settings
  return `${endpoint ? new URL(endpoint).host : `AWS ${region}`}/${bucket}${prefix ? `/${prefix.slice(0, -1)}` : ''}`
}

export const storeCredentialsPlace = (storeId: string): string => `store_credentials|${storeId}`
