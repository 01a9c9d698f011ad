import type { Ctx } from '#lib/context.ts'
import { claimDeliveries } from './claim-deliveries.ts'
import { type Delivery, getDelivery } from './queries.ts'
import { sendDelivery } from './send-delivery.ts'

const lookEveryMs = 250

/**
 * Sends one message in this process under the same lease as the worker's, or waits for the worker that has it. Gives back how
 * it stands when it ended or after `withinMs`. Safe to repeat.
 */
export async function awaitDelivery(ctx: Ctx, deliveryId: string, withinMs = 30_000): Promise<Delivery> {
  const until = Date.now() + withinMs
  for (;;) {
    const [claim] = await claimDeliveries(ctx.db, `terminal:${process.pid}`, deliveryId)
    if (claim) await sendDelivery(ctx, claim)
    const seen = await getDelivery(ctx.db, deliveryId)
    const ended = seen.status !== 'queued' && seen.status !== 'sending'
    if (ended || Date.now() > until) return seen
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}
