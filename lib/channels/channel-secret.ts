import { desc, eq } from 'drizzle-orm'
import { channelSecrets } from '#drizzle/schema/channels.ts'
import { sealingKeys } from '#drizzle/schema/targets.ts'
import type { Ctx } from '#lib/context.ts'
import type { DbOrTx, Tx } from '#lib/db/client.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { openSealed, sealFor } from '#lib/sealed-box.ts'

/** What is sealed of a channel. */
export interface ChannelSecret {
  /** The kind's own: address, password, key. */
  secret: unknown
  /** Whether the operator let it reach the own network. */
  allowPrivate: boolean
}

const placeOf = (channelId: string): string => `channel_secrets|${channelId}`

/** Anybody may seal to the public key; only what was sealed with the key itself can open the own network. */
const byAnybody = 'b1.'

/**
 * Seals a channel's secret as its version: with the key where it is at hand, else to its public half, which the web knows.
 * Throws AppError `no-sealing-key`. Not safe to repeat with the same version.
 */
export async function sealChannelSecret(
  tx: Tx,
  ctx: Ctx,
  record: { channelId: string; version: number; setBy: string } & ChannelSecret,
): Promise<void> {
  const { channelId, version, setBy, secret, allowPrivate } = record
  const sealed = await seal(tx, ctx, channelId, JSON.stringify({ secret, allowPrivate }))
  await tx.insert(channelSecrets).values({ channelId, version, sealed, setBy })
}

async function seal(tx: Tx, { keys }: Ctx, channelId: string, plain: string): Promise<string> {
  if (keys) return keys.seal(plain, placeOf(channelId))
  const [key] = await tx.select().from(sealingKeys)
  if (!key) {
    throw new AppError('no-sealing-key', 'There is no key to seal with.', { hint: 'Run: holdfast migrate' })
  }
  return sealFor(key.publicKey, plain, placeOf(channelId))
}

/** Opens a channel's newest secret. Throws AppError `channel-secret-missing`, or one of the keys'. */
export async function openChannelSecret(
  db: DbOrTx,
  keys: KeyRing,
  channelId: string,
): Promise<ChannelSecret> {
  const [row] = await db
    .select({ sealed: channelSecrets.sealed })
    .from(channelSecrets)
    .where(eq(channelSecrets.channelId, channelId))
    .orderBy(desc(channelSecrets.version))
    .limit(1)
  if (!row)
    throw new AppError('channel-secret-missing', 'The channel has no address.', { hint: 'Change it.' })
  if (!row.sealed.startsWith(byAnybody)) {
    return JSON.parse(keys.open(row.sealed, placeOf(channelId))) as ChannelSecret
  }
  const { secret } = JSON.parse(openWithAny(keys, row.sealed, placeOf(channelId))) as ChannelSecret
  return { secret, allowPrivate: false }
}

function openWithAny(keys: KeyRing, sealed: string, place: string): string {
  let failure: unknown = null
  for (const ring of [keys, ...keys.older]) {
    try {
      return openSealed(ring, sealed, place)
    } catch (error) {
      failure ??= error
    }
  }
  throw failure instanceof AppError ? failure : new AppError('sealed-unreadable', messageOf(failure))
}
