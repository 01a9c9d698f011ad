import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { archiveStores, storeCredentials } from '#drizzle/schema/stores.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { findDenial } from '#lib/auth/find-denial.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { AppError, type Refusal, refuse } from '#lib/errors.ts'
import { type ClaimedPlace, claimPlace } from '#lib/stores/claim-place.ts'
import { type AddStoreInput, addStoreInput } from '#lib/stores/input.ts'
import {
  defaultStoreName,
  findStoreByName,
  formatPlace,
  listStores,
  storeCredentialsPlace,
} from '#lib/stores/queries.ts'
import type { StoreKind } from '#lib/stores/types.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

export interface AddedStore {
  id: string
  name: string
  kind: StoreKind
  place: string
  warnings: string[]
}

const action = 'stores.add'

const nameTaken = (name: string) =>
  refuse(
    'store-exists',
    `There is a store “${name}” already.`,
    `Choose another name, or remove it first: holdfast stores remove ${name}`,
  )

/**
 * Adds a place for archives: reaches it, finds out what it can do and marks it first, then stores it with its sealed
 * credentials. Not safe to repeat: a taken name or place is refused, and nothing is stored when the place does not answer.
 */
export const addStore: Verb<AddedStore> = async (ctx, input) => {
  const parsed = addStoreInput.safeParse(input)
  const denied = await findDenial(ctx, action)
  const claimed = denied || !parsed.success ? null : await claim(ctx, parsed.data)
  return defineVerb<AddStoreInput, AddedStore>({
    action,
    input: addStoreInput,
    async act({ tx, actorText }, { name, place }) {
      if (!claimed) throw new Error('unreachable: the verb refuses before it acts')
      if ('refusal' in claimed) return claimed
      if (await findStoreByName(tx, name)) return nameTaken(name)
      const { id, settings, warnings } = claimed
      const kind = place.kind
      const values = { name, kind, settings, createdBy: actorText }
      const [living] = await tx.select().from(archiveStores).where(eq(archiveStores.id, id))
      if (living && !living.removedAt)
        return refuse('store-taken', `This place is the store “${living.name}” already.`)
      // A store that was removed and is taken over again keeps its id, and with it what is known of its copies.
      await tx
        .insert(archiveStores)
        .values({ id, ...values })
        .onConflictDoUpdate({
          target: archiveStores.id,
          set: { ...values, removedAt: null, status: 'reachable', statusAt: new Date(), error: null },
        })
      if (place.kind === 's3' && place.credentials) {
        const sealed = {
          sealed: ctx.keys!.seal(JSON.stringify(place.credentials), storeCredentialsPlace(id)),
          keyId: ctx.keys!.keyId,
          setBy: actorText,
        }
        await tx
          .insert(storeCredentials)
          .values({ storeId: id, ...sealed })
          .onConflictDoUpdate({ target: storeCredentials.storeId, set: { ...sealed, setAt: new Date() } })
      }
      const shown = formatPlace({ kind, settings })
      return {
        value: { id, name, kind, place: shown, warnings },
        audit: {
          subject: `store:${name}`,
          detail: { id, kind, place: shown, adopted: living !== undefined },
        },
        changed: ['stores'],
      }
    },
  })(ctx, input)
}

async function claim(ctx: Ctx, input: AddStoreInput): Promise<ClaimedPlace | { refusal: Refusal }> {
  const { name } = input
  if (!ctx.keys)
    return refuse(
      'key-not-here',
      'This process may not open stores.',
      `Add it on the host: holdfast stores add ${name} …`,
    )
  if (name === defaultStoreName || (await findStoreByName(ctx.db, name))) return nameTaken(name)
  try {
    return await claimPlace(input, randomUUID(), await listStores(ctx.db))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.kind === 'refused' || error.kind === 'invalid')
      return refuse(error.code, error.message, error.hint)
    await ctx.db.transaction((tx) =>
      appendAudit(tx, {
        actor: formatActor(ctx.actor),
        action,
        outcome: 'failed',
        subject: `store:${name}`,
        reason: error.message,
        detail: { code: error.code },
      }),
    )
    throw error
  }
}
