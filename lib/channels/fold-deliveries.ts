import { randomUUID } from 'node:crypto'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { deliveries } from '#drizzle/schema/channels.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { channelSenders } from './channel-kinds.ts'
import { makeDigest } from './digest.ts'
import type { Message } from './types.ts'

const listFoldingSql = loadSql(new URL('./sql/list_folding.sql', import.meta.url))

const kinds = Object.values(channelSenders)
export const paces = JSON.stringify(Object.fromEntries(kinds.map(({ kind, perMinute }) => [kind, perMinute])))
const digesting = JSON.stringify(kinds.filter(({ digests }) => digests).map(({ kind }) => kind))

interface Waiting extends Record<string, unknown> {
  id: string
  channelId: string
  message: Message
}

/**
 * Puts what waits at a channel that has sent all it may within a minute into one digest, which lists it. Safe to repeat and
 * to run at once in many processes. Returns how many were folded.
 */
export async function foldDeliveries(db: Db): Promise<number> {
  return db.transaction(async (tx) => {
    await tx.execute(
      sql`select set_config('holdfast.paces', ${paces}, true), set_config('holdfast.digests', ${digesting}, true)`,
    )
    const waiting = await tx.execute<Waiting>(sql.raw(listFoldingSql))
    let folded = 0
    for (const [channelId, those] of Map.groupBy(waiting, (row) => row.channelId)) {
      folded += await foldInto(tx, channelId, those)
    }
    if (folded > 0) await announceChanges(tx, ['channels'])
    return folded
  })
}

async function foldInto(tx: Tx, channelId: string, waiting: readonly Waiting[]): Promise<number> {
  const [unsent] = await tx
    .select({ id: deliveries.id, message: deliveries.message })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.channelId, channelId),
        eq(deliveries.kind, 'digest'),
        eq(deliveries.status, 'queued'),
        eq(deliveries.attempts, 0),
      ),
    )
    .limit(1)
    .for('update', { skipLocked: true })
  // One alone waits for its turn: a list of one says less.
  if (!unsent && waiting.length < 2) return 0
  const messages = waiting.map(({ message }) => message)
  const id = unsent?.id ?? randomUUID()
  const message = makeDigest(`digest:${id}`, (unsent?.message as Message | undefined) ?? null, messages)
  if (unsent) await tx.update(deliveries).set({ message }).where(eq(deliveries.id, id))
  else {
    await tx.insert(deliveries).values({ id, channelId, kind: 'digest', dedupKey: `digest:${id}`, message })
  }
  await tx
    .update(deliveries)
    .set({ status: 'held', heldBecause: 'It is listed in a digest.' })
    .where(
      inArray(
        deliveries.id,
        waiting.map((row) => row.id),
      ),
    )
  return waiting.length
}
