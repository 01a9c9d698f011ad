import type { Ctx } from '#lib/context.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { claimDeliveries } from './claim-deliveries.ts'
import { foldDeliveries } from './fold-deliveries.ts'
import { type Patience, sendDelivery, usualPatience } from './send-delivery.ts'

/** One process's sending: looks again and again, and waits for no receiver before it looks at the next. */
export interface Sender {
  /** Takes what is due and begins to send it. Returns how many were begun. */
  tick(): Promise<number>
  /** Resolves when nothing that was begun is under way any more. */
  settle(): Promise<void>
}

/** Messages that one process sends at a time. */
const mostAtOnce = 32

export function openSender(ctx: Ctx, name: string, patience: Patience = usualPatience): Sender {
  const underWay = new Set<Promise<unknown>>()
  return {
    async tick() {
      if (underWay.size >= mostAtOnce) return 0
      const claims = await claimDeliveries(ctx.db, name)
      for (const claim of claims) {
        const sending: Promise<unknown> = sendDelivery(ctx, claim, patience)
          // What could not be written down is sent again when the lease ends.
          .catch((error) =>
            log.error({ delivery: claim.delivery.id, error: messageOf(error) }, 'sending broke'),
          )
          .finally(() => underWay.delete(sending))
        underWay.add(sending)
      }
      await foldDeliveries(ctx.db)
      return claims.length
    },
    async settle() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
