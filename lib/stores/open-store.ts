import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { archiveStores, storeCredentials } from '#drizzle/schema/stores.ts'
import type { Ctx } from '#lib/context.ts'
import { dataDirectory, ensureDataDirectory } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import { claimDirectory, openLocalStore } from '#lib/stores/local-store.ts'
import {
  defaultStoreName,
  findStoreByName,
  getStoreByName,
  storeCredentialsPlace,
} from '#lib/stores/queries.ts'
import { readOnlyStore } from '#lib/stores/read-only-store.ts'
import { type S3Patience, usualPatience } from '#lib/stores/s3-client.ts'
import { openS3Store } from '#lib/stores/s3-store.ts'
import type {
  ArchiveStore,
  LocalSettings,
  S3Credentials,
  S3Settings,
  StoreRecord,
} from '#lib/stores/types.ts'

export { defaultStoreName }

/** Makes the store in the data directory where there is none yet. Safe to repeat. */
export async function ensureDefaultStore({ db }: Ctx): Promise<void> {
  if (await findStoreByName(db, defaultStoreName)) return
  ensureDataDirectory()
  await db
    .insert(archiveStores)
    .values({ name: defaultStoreName, kind: 'local', settings: { directory: null }, createdBy: 'holdfast' })
    .onConflictDoNothing()
}

async function openCredentials({ db, keys }: Ctx, store: StoreRecord): Promise<S3Credentials | null> {
  if (!keys)
    throw new AppError('key-not-here', 'This process may not open stores.', {
      hint: 'Stores are opened by the worker and the CLI only.',
    })
  const [row] = await db.select().from(storeCredentials).where(eq(storeCredentials.storeId, store.id))
  return row ? (JSON.parse(keys.open(row.sealed, storeCredentialsPlace(store.id))) as S3Credentials) : null
}

/** Connections are kept between uses; what was changed meanwhile is opened anew. */
const opened = new Map<string, { what: string; store: ArchiveStore }>()

async function openS3(ctx: Ctx, record: StoreRecord, patience: S3Patience): Promise<ArchiveStore> {
  const credentials = await openCredentials(ctx, record)
  const what = JSON.stringify([record.name, record.settings, credentials, patience])
  const place = `${record.id} ${patience.attempts}`
  const known = opened.get(place)
  if (known?.what === what) return known.store
  const { id, name } = record
  const store = openS3Store({ id, name, settings: record.settings as S3Settings }, credentials, patience)
  opened.set(place, { what, store })
  return store
}

/** A store that was read from the records, ready to be used. */
export async function openStoreRecord(
  ctx: Ctx,
  record: StoreRecord,
  patience: S3Patience = usualPatience,
): Promise<ArchiveStore> {
  if (record.kind === 's3') {
    const store = await openS3(ctx, record, patience)
    return (record.settings as S3Settings).foreign ? readOnlyStore(store) : store
  }
  const { directory, foreign } = record.settings as LocalSettings
  const root = directory ?? join(dataDirectory(), 'archives')
  if (foreign) return readOnlyStore(openLocalStore(record.id, record.name, root, { foreign }))
  // The default directory is ours to make; any other was claimed when it was added, and must be there.
  if (directory === null) await claimDirectory(record.id, record.name, root)
  return openLocalStore(record.id, record.name, root)
}

/**
 * The store of this name, ready to be read and written; makes the default one when it is asked for the first time.
 * Throws AppError `store-not-found`, `key-not-here`.
 */
export async function openStore(ctx: Ctx, name: string): Promise<ArchiveStore> {
  if (name === defaultStoreName) await ensureDefaultStore(ctx)
  return openStoreRecord(ctx, await getStoreByName(ctx.db, name))
}
