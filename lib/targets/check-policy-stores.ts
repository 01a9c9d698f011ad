import { isNull } from 'drizzle-orm'
import { archiveStores } from '#drizzle/schema/stores.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { PolicyProblem } from '#lib/targets/check-policy.ts'
import { findNearest } from '#lib/targets/nearest-name.ts'
import type { Policy } from '#lib/targets/policy.ts'

/** The one in the data directory is made when it is first used, and so is always there. */
const alwaysThere = 'local'

/** The stores that a policy names and that do not exist: its archives or their copies would go nowhere. */
export async function findStoreProblems(db: DbOrTx, policy: Policy): Promise<PolicyProblem[]> {
  const rows = await db
    .select({ name: archiveStores.name, settings: archiveStores.settings })
    .from(archiveStores)
    .where(isNull(archiveStores.removedAt))
  const known = [...new Set([alwaysThere, ...rows.map(({ name }) => name)])]
  const named = [
    ...policy.stores.map((store, index) => ({ store, path: `stores[${index}]` })),
    ...policy.foreignArchives.map(({ store }, index) => ({ store, path: `foreignArchives[${index}].store` })),
  ]
  const problems = named
    .filter(({ store }) => !known.includes(store))
    .map(({ store, path }) => {
      const [near] = findNearest(store, known)
      return { path, message: `there is no store “${store}”${near ? `; is it “${near}”?` : ''}` }
    })
  const foreign = rows.filter(({ settings }) => (settings as { foreign?: boolean }).foreign)
  policy.stores.forEach((store, index) => {
    if (foreign.some(({ name }) => name === store))
      problems.push({
        path: `stores[${index}]`,
        message: `“${store}” is only read here; nothing is written to it`,
      })
  })
  const twice = policy.stores.findIndex((store, index) => policy.stores.indexOf(store) !== index)
  if (twice >= 0)
    problems.push({ path: `stores[${twice}]`, message: `“${policy.stores[twice]}” stands there twice` })
  return problems
}
