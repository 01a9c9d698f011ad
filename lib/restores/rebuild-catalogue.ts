import { and, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { archiveStores, storeCredentials } from '#drizzle/schema/stores.ts'
import { policies, targets } from '#drizzle/schema/targets.ts'
import { requireKeys } from '#lib/backups/authenticate-archive.ts'
import {
  assertKeyFits,
  type CatalogueProblem,
  type CatalogueTarget,
  readStoreCatalogue,
} from '#lib/backups/store-catalogue.ts'
import type { Ctx } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { AppError, unwrap } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { markMissing } from '#lib/restores/mark-missing.ts'
import { type FoundArchive, recordFoundArchive } from '#lib/restores/record-found-archive.ts'
import type { RestoreProgress } from '#lib/restores/restore-into-empty.ts'
import type { FoundStore } from '#lib/stores/open-store-at.ts'
import { defaultStoreName, storeCredentialsPlace } from '#lib/stores/queries.ts'
import { controlTargetName } from '#lib/targets/control-target.ts'
import { policySchema } from '#lib/targets/policy.ts'
import { defineVerb } from '#lib/verb.ts'

export interface RebuiltCatalogue {
  store: { id: string; name: string; change: 'added' | 'moved' | null }
  targets: { id: string; name: string; added: boolean }[]
  archives: FoundArchive[]
  problems: CatalogueProblem[]
  /** Archives of an earlier control database: those come back by `--control`, not by the catalogue. */
  controlArchives: number
}

interface Registration {
  found: FoundStore
  name: string | null
  applications: { target: CatalogueTarget; policy: unknown }[]
  /** The records are a restored copy: where they say that a store is, is where it was. */
  followStore: boolean
  keys: KeyRing
}

const registrationInput = z.strictObject({
  place: z.string(),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, starting with a letter')
    .optional(),
})

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

async function registerTarget(tx: Tx, { target, policy }: Registration['applications'][number], by: string) {
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
  const document = await fittingPolicy(tx, policy)
  await tx.insert(policies).values({ targetId: target.id, version: 1, document, appliedBy: by })
  return { id: target.id, name, added: true }
}

const register = (ctx: Ctx, registration: Registration) =>
  defineVerb({
    action: 'restores.rebuild',
    input: registrationInput,
    async act({ tx, actorText }, { place }) {
      const store = await registerStore(tx, registration, actorText)
      const made = []
      for (const one of registration.applications) made.push(await registerTarget(tx, one, actorText))
      return {
        value: { store, targets: made },
        audit: {
          subject: `store:${store.id}`,
          reason: 'Rebuilt from the manifests of a store',
          detail: { place, store, targets: made.map(({ name, added }) => ({ name, added })) },
        },
        changed: ['targets', 'backups', 'alerts'],
      }
    },
  })(ctx, {
    place: registration.found.store.name,
    ...(registration.name ? { name: registration.name } : {}),
  })

/**
 * Puts into the control database what a store holds, from its manifests alone: the store, its databases (without credentials)
 * and each archive, every byte of which is checked on the way. Records that are there already are never overwritten, and
 * what comes in keeps retention from deleting anything until a person has looked. Safe to repeat, also after a kill.
 */
export async function rebuildCatalogue(
  ctx: Ctx,
  found: FoundStore,
  work: RestoreProgress,
  options: {
    name?: string | undefined /** The records came out of an archive a moment ago. */
    isRestored?: boolean
  } = {},
): Promise<RebuiltCatalogue> {
  const keys = requireKeys(ctx)
  work.phase('read manifests')
  const catalogue = await readStoreCatalogue(found.store, keys, work.signal)
  assertKeyFits(catalogue, keys)
  if (catalogue.targets.length === 0 && catalogue.problems.length === 0) {
    throw new AppError('store-empty', 'The store holds no archive.', {
      kind: 'not-found',
      hint: 'Is it the right directory or prefix?',
    })
  }
  const applications = catalogue.targets.filter(({ kind }) => kind === 'application')
  const controlArchives = catalogue.targets
    .filter(({ kind }) => kind === 'control')
    .reduce((sum, { archives }) => sum + archives.length, 0)
  const registration: Registration = {
    found,
    name: options.name ?? null,
    applications: applications.map((target) => ({ target, policy: target.policy })),
    followStore: options.isRestored ?? false,
    keys,
  }
  const { store, targets: made } = unwrap(await register(ctx, registration))
  const [own] = await ctx.db
    .select({ id: targets.id })
    .from(targets)
    .where(and(eq(targets.name, controlTargetName), isNull(targets.removedAt)))
  // Holdfast's own archives belong to these records only where these are the records they were taken of.
  const all = catalogue.targets
    .filter(({ id, kind }) => kind === 'application' || id === own?.id)
    .flatMap(({ archives }) => archives)
  if (options.isRestored) await markMissing(ctx, found.store.id, catalogue)
  const archives: FoundArchive[] = []
  work.phase('check archives', all.length)
  for (const archive of all) {
    archives.push(
      await recordFoundArchive(ctx, found.store, archive, {
        signal: work.signal,
        adopt: options.isRestored ?? false,
      }),
    )
    work.progress(archives.length)
  }
  return { store, targets: made, archives, problems: catalogue.problems, controlArchives }
}
