import { eq } from 'drizzle-orm'
import { targets } from '#drizzle/schema/targets.ts'
import { listBackups } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import type { Ctx } from '#lib/context.ts'
import { ensureDemoDeployments } from '#lib/demo/demo-deployments.ts'
import { ensureDemoHistory } from '#lib/demo/demo-history.ts'
import { type DemoPerson, ensureDemoPeople } from '#lib/demo/demo-people.ts'
import { makeSalon, salonDatabase } from '#lib/demo/make-salon.ts'
import { salonPolicy } from '#lib/demo/salon-policy.ts'
import { unwrap } from '#lib/errors.ts'
import { listGuardStates } from '#lib/guards/queries.ts'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { findTargetByName } from '#lib/targets/queries.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import type { Target } from '#lib/targets/types.ts'

export interface Demo {
  people: DemoPerson[]
  /** True at the first start only. */
  created: boolean
}

/**
 * Makes the demo where it is missing: people, a salon chain's database on the same server, and that database as a
 * target under its own policy. Guards, first snapshot, first archive and two validations are filed as ordinary requests, which the worker
 * does as for any target. Safe to repeat: what is there stays, what a first start did not get to is made up for.
 */
export async function ensureDemo(
  ctx: Ctx,
  { serverUrl }: { serverUrl(database: string): string },
): Promise<Demo> {
  const people = await ensureDemoPeople(ctx)
  await makeSalon(serverUrl)
  const url = serverUrl(salonDatabase)
  const known = await findTargetByName(ctx.db, salonDatabase)
  const target = known ?? (await addSalon(ctx, url))
  if (known) await followServer(ctx, known, url)

  await ensureDemoHistory(ctx, target.id, url)
  if ((await listGuardStates(ctx.db, target.id)).length === 0) {
    unwrap(await requestGuardInstallation(ctx, { target: salonDatabase }))
  }
  if ((await listBackups(ctx.db, { targetId: target.id })).length === 0) {
    for (const kind of ['snapshot', 'archive'] as const) {
      unwrap(await requestBackup(ctx, { target: salonDatabase, kind, purpose: 'scheduled' }))
    }
  }
  await ensureDemoDeployments(ctx, target.id)
  return { people, created: known === null }
}

const addSalon = async (ctx: Ctx, url: string): Promise<Target> =>
  unwrap(await addTarget(ctx, { name: salonDatabase, url, environment: 'production', policy: salonPolicy }))

/** The embedded server takes another port when its own is in use; the demo's target is wherever that server is. */
async function followServer(ctx: Ctx, target: Target, url: string): Promise<void> {
  const port = Number(new URL(url).port)
  if (target.port === port) return
  await ctx.db.update(targets).set({ port }).where(eq(targets.id, target.id))
  unwrap(await setCredential(ctx, { name: target.name, role: 'owner', url }))
}
