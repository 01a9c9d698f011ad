import { join } from 'node:path'
import { and, eq, isNull } from 'drizzle-orm'
import { archiveStores } from '#drizzle/schema/stores.ts'
import type { Ctx } from '#lib/context.ts'
import { dataDirectory, ensureDataDirectory } from '#lib/env.ts'
import { notFound } from '#lib/errors.ts'
import { claimDirectory, openLocalStore } from '#lib/stores/local-store.ts'
import type { ArchiveStore, LocalSettings } from '#lib/stores/types.ts'

/** The store that every installation has: `archives` in its data directory. */
export const defaultStoreName = 'local'

const living = (name: string) => and(eq(archiveStores.name, name), isNull(archiveStores.removedAt))

async function makeDefaultStore({ db }: Ctx): Promise<void> {
  ensureDataDirectory()
  await db
    .insert(archiveStores)
    .values({ name: defaultStoreName, kind: 'local', settings: { directory: null }, createdBy: 'holdfast' })
    .onConflictDoNothing()
}

/**
 * The store of this name, ready to be read and written; makes the default one when it is asked for the first time.
 * Throws AppError `store-not-found`.
 */
export async function openStore(ctx: Ctx, name: string): Promise<ArchiveStore> {
  const find = () => ctx.db.select().from(archiveStores).where(living(name))
  let [row] = await find()
  if (!row && name === defaultStoreName) {
    await makeDefaultStore(ctx)
    ;[row] = await find()
  }
  if (!row) throw notFound('store', name, 'List them with: holdfast stores list')
  const { directory } = row.settings as LocalSettings
  const root = directory ?? join(dataDirectory(), 'archives')
  // The default directory is ours to make; any other was claimed when it was added, and must be there.
  if (directory === null) await claimDirectory(row.id, row.name, root)
  return openLocalStore(row.id, row.name, root)
}
