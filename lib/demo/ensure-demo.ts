import type { Ctx } from '#lib/context.ts'
import { type DemoPerson, ensureDemoPeople } from '#lib/demo/demo-people.ts'
import { makeSalon, salonDatabase } from '#lib/demo/make-salon.ts'
import { salonPolicy } from '#lib/demo/salon-policy.ts'
import { unwrap } from '#lib/errors.ts'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { findTargetByName } from '#lib/targets/queries.ts'

export interface Demo {
  people: DemoPerson[]
  /** True at the first start only. */
  created: boolean
}

/**
 * Makes the demo where it is missing: people, a salon chain's database on the same server, and that database as a
 * target under its own policy. What follows is filed as ordinary requests that the worker does, as for any target. Safe
 * to repeat: what is there stays.
 */
export async function ensureDemo(ctx: Ctx, server: { serverUrl(database: string): string }): Promise<Demo> {
  const people = await ensureDemoPeople(ctx)
  await makeSalon(server.serverUrl)
  if (await findTargetByName(ctx.db, salonDatabase)) return { people, created: false }

  unwrap(
    await addTarget(ctx, {
      name: salonDatabase,
      url: server.serverUrl(salonDatabase),
      environment: 'production',
      policy: salonPolicy,
    }),
  )
  unwrap(await requestGuardInstallation(ctx, { target: salonDatabase }))
  return { people, created: true }
}
