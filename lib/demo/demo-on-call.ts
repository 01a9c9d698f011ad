import { listUsers } from '#lib/auth/queries.ts'
import type { Ctx } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { nextOccurrence } from '#lib/jobs/occurrence.ts'
import { listRotations } from '#lib/on-call/queries.ts'
import { setRotation } from '#lib/on-call/set-rotation.ts'

const timeZone = 'Europe/Amsterdam'
const weekMs = 7 * 24 * 60 * 60_000

/**
 * Two commanders take turns by the week, from Monday to Monday. Done once, where there is no rotation yet. No channel is made
 * up for them: where messages go is for whoever tries the demo to say.
 */
export async function ensureDemoOnCall(ctx: Ctx): Promise<void> {
  if ((await listRotations(ctx.db)).length > 0) return
  const commanders = (await listUsers(ctx.db)).filter(({ role }) => role === 'commander')
  if (commanders.length < 2) return
  const monday = nextOccurrence('0 9 * * 1', timeZone, new Date(Date.now() - weekMs))
  unwrap(
    await setRotation(ctx, {
      name: 'Commanders',
      timeZone,
      startsAt: monday,
      shiftDays: 7,
      members: commanders.map(({ id }) => id),
    }),
  )
}
