import { eq, sql } from 'drizzle-orm'
import { archiveStores, storeMeasurements } from '#drizzle/schema/stores.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { ensureDefaultStore, openStoreRecord } from '#lib/stores/open-store.ts'
import { getStoreByName, listStores } from '#lib/stores/queries.ts'
import type { ArchiveStore, StoreRecord } from '#lib/stores/types.ts'

/** Listing a large bucket costs money and minutes; whether it answers is asked all the time. */
const listEveryMs = 6 * 3_600_000
/** A store that is down must not hold up the others for minutes. */
const quickPatience = { attempts: 2, silenceMs: 15_000 }

export interface StoreMeasurement {
  usedBytes: number
  freeBytes: number | null
  archives: number
}

const manifestSuffix = '.manifest.json'

async function measure(store: ArchiveStore): Promise<StoreMeasurement> {
  let usedBytes = 0
  let archives = 0
  for await (const { key, bytes } of store.list('')) {
    usedBytes += bytes
    if (key.endsWith(manifestSuffix)) archives++
  }
  return { usedBytes, freeBytes: await store.freeBytes(), archives }
}

/** Writes down what the store held today; the last measurement of a day stays. */
async function recordDay({ db }: Ctx, storeId: string, found: StoreMeasurement): Promise<void> {
  const values = { usedBytes: found.usedBytes, freeBytes: found.freeBytes, archives: found.archives }
  await db
    .insert(storeMeasurements)
    .values({ storeId, measuredAt: sql`date_trunc('day', now(), 'UTC')` as never, ...values })
    .onConflictDoUpdate({ target: [storeMeasurements.storeId, storeMeasurements.measuredAt], set: values })
}

async function recordReach(ctx: Ctx, store: StoreRecord, error: AppError | null): Promise<void> {
  const status = error ? 'unreachable' : 'reachable'
  const changed = store.status !== status
  await ctx.db.transaction(async (tx) => {
    await tx
      .update(archiveStores)
      .set({
        status,
        error: error && { code: error.code, message: error.message, hint: error.hint },
        ...(changed ? { statusAt: new Date() } : {}),
      })
      .where(eq(archiveStores.id, store.id))
    if (!changed) return
    await announceChanges(tx, ['stores'])
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'stores.check',
      outcome: error ? 'failed' : 'done',
      subject: `store:${store.name}`,
      reason: error?.message ?? 'It answers again.',
    })
  })
}

async function isDue({ db }: Ctx, store: StoreRecord): Promise<boolean> {
  if (store.usedBytes === null || store.kind === 'local') return true
  const [row] = await db.execute<{ due: boolean }>(sql`
    select coalesce(max(measured_at) < now() - ${listEveryMs} * interval '1 millisecond', true) as due
    from ${storeMeasurements} where store_id = ${store.id}`)
  return row?.due ?? true
}

/**
 * Asks a store whether it answers and is the one it was; measures what it holds when `full` or when that is due. Records
 * both, and returns the failure instead of throwing it. Safe to repeat.
 */
export async function checkStore(
  ctx: Ctx,
  record: StoreRecord,
  { full = false }: { full?: boolean } = {},
): Promise<{ error: AppError | null; found: StoreMeasurement | null }> {
  try {
    const store = await openStoreRecord(ctx, record, quickPatience)
    // Answers only when the store's own mark is there.
    await store.stat('reachable')
    const found = full || (await isDue(ctx, record)) ? await measure(store) : null
    if (found) {
      await ctx.db
        .update(archiveStores)
        .set({ usedBytes: found.usedBytes, freeBytes: found.freeBytes })
        .where(eq(archiveStores.id, record.id))
      await recordDay(ctx, record.id, found)
    }
    await recordReach(ctx, record, null)
    return { error: null, found }
  } catch (cause) {
    const error =
      cause instanceof AppError
        ? cause
        : new AppError('store-unreachable', messageOf(cause), { kind: 'unavailable', cause })
    await recordReach(ctx, record, error)
    return { error, found: null }
  }
}

/** The round: every store, side by side. */
export async function measureStores(ctx: Ctx): Promise<void> {
  await ensureDefaultStore(ctx)
  const stores = await listStores(ctx.db)
  const settled = await Promise.allSettled(stores.map((store) => checkStore(ctx, store)))
  for (const [index, one] of settled.entries())
    if (one.status === 'rejected')
      log.warn({ store: stores[index]!.name, error: messageOf(one.reason) }, 'a store was not checked')
}

/** The same for one store, by its name. Throws AppError `store-not-found`. */
export const checkStoreByName = async (ctx: Ctx, name: string) =>
  checkStore(ctx, await getStoreByName(ctx.db, name), { full: true })
