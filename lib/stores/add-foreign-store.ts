import { randomUUID } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { sep } from 'node:path'
import { archiveStores, storeCredentials } from '#drizzle/schema/stores.ts'
import { findDenial } from '#lib/auth/find-denial.ts'
import type { Ctx } from '#lib/context.ts'
import { dataDirectory } from '#lib/env.ts'
import { AppError, done, messageOf, type Outcome, refuse } from '#lib/errors.ts'
import type { AddedStore } from '#lib/stores/add-store.ts'
import { type AddStoreInput, addStoreInput } from '#lib/stores/input.ts'
import { openLocalStore, readMarker } from '#lib/stores/local-store.ts'
import { findStoreByName, formatPlace, storeCredentialsPlace } from '#lib/stores/queries.ts'
import { openS3Store } from '#lib/stores/s3-store.ts'
import type { ArchiveStore, StoreSettings } from '#lib/stores/types.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

const addForeignStoreInput = addStoreInput.pick({ name: true, place: true })
type AddForeignStoreInput = Pick<AddStoreInput, 'name' | 'place'>

const action = 'stores.add'

const isOurs = (place: string) =>
  refuse(
    'store-ours',
    `${place} holds Holdfast’s own archives, or its data.`,
    'Archives that others made lie somewhere else. A store of Holdfast is added without --read-only.',
  )

/** That it can be listed is all that is asked of it: it may well be empty today. */
async function reach(store: ArchiveStore): Promise<void> {
  for await (const _ of store.list('')) return
}

async function look(id: string, { name, place }: AddForeignStoreInput): Promise<Outcome<StoreSettings>> {
  if (place.kind === 's3') {
    const { kind: _, credentials, ...rest } = place
    const abilities = { createOnly: false, createOnlyParts: false, checksums: false, versions: false }
    const settings = { ...rest, lockDays: null, abilities, foreign: true }
    await reach(openS3Store({ id, name, settings }, credentials))
    return done(settings)
  }
  const root = await realpath(place.directory).catch(() => null)
  if (!root || !(await stat(root)).isDirectory()) {
    return refuse('invalid-input', `${place.directory} is not a directory that can be read.`)
  }
  const data = await realpath(dataDirectory()).catch(() => dataDirectory())
  const inData = root === data || root.startsWith(data + sep)
  if (inData || (await readMarker(root)) !== null) return isOurs(root)
  await reach(openLocalStore(id, name, root, { foreign: true }))
  return done({ directory: root, foreign: true })
}

/**
 * Adds a place where others' archives lie: it is read and never written to, not even a marker. Name it in a policy's
 * `foreignArchives`. Not safe to repeat: a taken name is refused, and nothing is stored when the place does not answer.
 */
export const addForeignStore: Verb<AddedStore> = async (ctx: Ctx, input) => {
  const parsed = addForeignStoreInput.safeParse(input)
  const denied = await findDenial(ctx, action)
  const id = randomUUID()
  const looked = denied || !parsed.success ? null : await lookWithKey(ctx, id, parsed.data)
  return defineVerb<AddForeignStoreInput, AddedStore>({
    action,
    input: addForeignStoreInput,
    async act({ tx, actorText }, { name, place }) {
      if (!looked) throw new Error('unreachable: the verb refuses before it acts')
      if (!looked.ok) return looked
      if (await findStoreByName(tx, name)) {
        return refuse('store-exists', `There is a store “${name}” already.`, 'Choose another name.')
      }
      const settings = looked.value
      const { kind } = place
      await tx.insert(archiveStores).values({ id, name, kind, settings, createdBy: actorText })
      if (place.kind === 's3' && place.credentials) {
        await tx.insert(storeCredentials).values({
          storeId: id,
          sealed: ctx.keys!.seal(JSON.stringify(place.credentials), storeCredentialsPlace(id)),
          keyId: ctx.keys!.keyId,
          setBy: actorText,
        })
      }
      const shown = formatPlace({ kind, settings })
      return {
        value: { id, name, kind, place: shown, warnings: [] },
        audit: { subject: `store:${name}`, detail: { id, kind, place: shown, readOnly: true } },
        changed: ['stores'],
      }
    },
  })(ctx, input)
}

async function lookWithKey(
  ctx: Ctx,
  id: string,
  input: AddForeignStoreInput,
): Promise<Outcome<StoreSettings>> {
  if (!ctx.keys) return refuse('key-not-here', 'This process may not open stores.')
  try {
    return await look(id, input)
  } catch (error) {
    if (error instanceof AppError) return refuse(error.code, error.message, error.hint)
    return refuse('store-unreachable', messageOf(error))
  }
}
