import { and, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { archiveStores, storeCredentials } from '#drizzle/schema/stores.ts'
import { policies, targets } from '#drizzle/schema/targets.ts'
import type { CatalogueTarget } from '#lib/backups/copies/store-catalogue.ts'
import type { Tx } from '#lib/db/client.ts'
import type { KeyRing } from '#lib/keys.ts'
import type { FoundStore } from '#lib/stores/open-store-at.ts'
import { defaultStoreName, storeCredentialsPlace } from '#lib/stores/queries.ts'
import { policySchema } from '#lib/targets/policy.ts'
import { defineVerb } from '#lib/verb.ts'

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** Read from the store a moment ago by this process, never given by a person. */
const registerFoundStoreInput = z.strictObject({
  found: z.custom<FoundStore>(isObject, 'a store that was opened'),
  keys: z.custom<KeyRing>(isObject, 'the keys at hand'),
  /** The databases whose archives it holds, each with the policy of its newest manifest. */
  applications: z.array(z.custom<CatalogueTarget>(isObject)),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, starting with a letter')
    .optional(),
  /** The records are a restored copy: where they say that a store is, is where it was. */
  followStore: z.boolean(),
})

type Registration = z.output<typeof registerFoundStoreInput>

async function freeName(
  taken: (name: string) => Promise<boolean>,
  name: string,
  id: string,
): Promise<string> {
  return (await taken(name)) ? `${name.slice(0, 50)}-${id.slice(0, 8)}` : name
}

async function registerStore(tx: Tx, { found, name, followStore, keys }: Registration, by: string) {
  const { store, settings, suggestedName } = found
  const [known] = await tx.select().from(archiveStores).where(eq(archiveStores.id, store.id))
  if (known) {
    if (!followStore) return { id: known.id, name: known.name, change: null }
    await tx
      .update(archiveStores)
      .set({ settings, kind: store.kind, status: 'reachable', error: null, removedAt: null })
      .where(eq(archiveStores.id, known.id))
    return { id: known.id, name: known.name, change: 'moved' as const }
  }
  const taken = async (candidate: string) =>
    (
      await tx
        .select({ id: archiveStores.id })
        .from(archiveStores)
        .where(and(eq(archiveStores.name, candidate), isNull(archiveStores.removedAt)))
    ).length > 0
  const chosen = await freeName(taken, name ?? suggestedName, store.id)
  await tx
    .insert(archiveStores)
    .values({ id: store.id, name: chosen, kind: store.kind, settings, createdBy: by })
  if (found.credentials) {
    await tx.insert(storeCredentials).values({
      storeId: store.id,
      sealed: keys.seal(JSON.stringify(found.credentials), storeCredentialsPlace(store.id)),
      keyId: keys.keyId,
      setBy: by,
    })
  }
  return { id: store.id, name: chosen, change: 'added' as const }
}

/** The policy it had, with stores that there are; what a newer version cannot read becomes the ordinary one. */
async function fittingPolicy(tx: Tx, document: unknown) {
  const parsed = policySchema.safeParse(document ?? {})
  const policy = parsed.success ? parsed.data : policySchema.parse({})
  const there = await tx
    .select({ name: archiveStores.name })
    .from(archiveStores)
    .where(isNull(archiveStores.removedAt))
  const names = policy.stores.filter(
    (name) => name === defaultStoreName || there.some((store) => store.name === name),
  )
  return { ...policy, stores: names.length > 0 ? names : [defaultStoreName] }
}

async function registerTarget(tx: Tx, target: CatalogueTarget, by: string) {
  const [known] = await tx.select().from(targets).where(eq(targets.id, target.id))
  if (known) return { id: known.id, name: known.name, added: false }
  const taken = async (candidate: string) =>
    (
      await tx
        .select({ id: targets.id })
        .from(targets)
        .where(and(eq(targets.name, candidate), isNull(targets.removedAt)))
    ).length > 0
  const name = await freeName(taken, target.name, target.id)
  const newest = target.archives[0]!
  await tx.insert(targets).values({
    id: target.id,
    name,
    environment: target.environment,
    host: target.host,
    port: target.port,
    databaseName: target.databaseName,
    serverVersion: newest.serverVersion,
    serverVersionNumber: newest.serverVersionNumber,
    tableCount: newest.tables,
    status: 'needs-credentials',
    createdBy: by,
  })
  const document = await fittingPolicy(tx, target.policy)
  await tx.insert(policies).values({ targetId: target.id, version: 1, document, appliedBy: by })
  return { id: target.id, name, added: true }
}

/**
 * Writes down a store that was found, and the databases whose archives it holds, without their credentials. Records that are
 * there already are never overwritten, except where a store is when the records are older than it. Safe to repeat.
 */
export const registerFoundStore = defineVerb({
  action: 'restores.rebuild',
  input: registerFoundStoreInput,
  async act({ tx, actorText }, registration) {
    const store = await registerStore(tx, registration, actorText)
    const made = []
    for (const one of registration.applications) made.push(await registerTarget(tx, one, actorText))
    return {
      value: { store, targets: made },
      audit: {
        subject: `store:${store.id}`,
        reason: 'Rebuilt from the manifests of a store',
        detail: {
          place: registration.found.store.name,
          store,
          targets: made.map(({ name, added }) => ({ name, added })),
        },
      },
      changed: ['targets', 'backups', 'alerts'],
    }
  },
})
