import { getDb } from '#app/_web/db.ts'
import { findLiveness, type Liveness } from '#lib/status/find-liveness.ts'
import { keepFresh } from '#lib/status/keep-fresh.ts'

export const dynamic = 'force-dynamic'

const answersWithinMs = 2_000

const held = globalThis as typeof globalThis & { holdfastLiveness?: () => Promise<Liveness> }

/** For a load balancer: whether this process serves and reaches its store, within two seconds in any case. */
export async function GET(): Promise<Response> {
  held.holdfastLiveness ??= keepFresh(1_000, () => findLiveness(getDb(), answersWithinMs))
  const liveness = await held.holdfastLiveness()
  return Response.json(liveness, {
    status: liveness.status === 'ok' ? 200 : 503,
    headers: { 'cache-control': 'no-store' },
  })
}
