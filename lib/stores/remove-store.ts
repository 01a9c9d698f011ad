import { eq, sql } from 'drizzle-orm'
import { archiveStores, storeCredentials } from '#drizzle/schema/stores.ts'
import type { Tx } from '#lib/db/client.ts'
import { notFound, refuse } from '#lib/errors.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { removeStoreInput } from '#lib/stores/input.ts'
import { findStoreByName, listTargetsOfStore } from '#lib/stores/queries.ts'
import { defineVerb } from '#lib/verb.ts'

const onlyCopiesSql = loadSql(new URL('./sql/only_copies.sql', import.meta.url))

/** How many archives would have no good copy left without this store. */
async function countOnlyCopies(tx: Tx, storeId: string): Promise<number> {
  await tx.execute(sql`select set_config('holdfast.store_id', ${storeId}, true)`)
  const [row] = await tx.execute<{ archives: string }>(sql.raw(onlyCopiesSql))
  return Number(row?.archives ?? 0)
}

/**
 * Takes a store off the list and forgets its credentials; what lies in it stays. Refused while a policy names it or an
 * archive has its only good copy there. Safe to repeat: then it is not found.
 */
export const removeStore = defineVerb({
  action: 'stores.remove',
  input: removeStoreInput,
  async act({ tx }, { name, reason }) {
    const store = await findStoreByName(tx, name)
    if (!store) throw notFound('store', name, 'List them with: holdfast stores list')
    const users = await listTargetsOfStore(tx, name)
    if (users.length > 0) {
      return refuse(
        'store-in-use',
        `The policies of ${users.join(', ')} name this store.`,
        `Take it out of them first: holdfast policy show ${users[0]} > policy.json, then holdfast policy apply`,
      )
    }
    const archives = await countOnlyCopies(tx, store.id)
    if (archives > 0) {
      return refuse(
        'store-holds-only-copies',
        `${archives === 1 ? 'One archive has its' : `${archives} archives have their`} only good copy in “${name}”.`,
        'Let them be copied to another store first, or expire.',
      )
    }
    await tx.delete(storeCredentials).where(eq(storeCredentials.storeId, store.id))
    await tx.update(archiveStores).set({ removedAt: new Date() }).where(eq(archiveStores.id, store.id))
    return {
      value: { id: store.id, name },
      audit: { subject: `store:${name}`, ...(reason ? { reason } : {}) },
      changed: ['stores'],
    }
  },
})
