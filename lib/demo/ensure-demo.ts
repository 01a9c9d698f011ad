import { eq } from 'drizzle-orm'
import { targets } from '#drizzle/schema/targets.ts'
import { listBackups } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import type { Ctx } from '#lib/context.ts'
import type { DemoDatabase } from '#lib/demo/database.ts'
import { demoDatabases } from '#lib/demo/demo-databases.ts'
import { ensureDemoDeployments } from '#lib/demo/demo-deployments.ts'
import { ensureDemoHistory } from '#lib/demo/demo-history.ts'
import { ensureDemoOnCall } from '#lib/demo/demo-on-call.ts'
import { type DemoPerson, ensureDemoPeople } from '#lib/demo/demo-people.ts'
import { makeDatabase } from '#lib/demo/make-database.ts'
import { salon } from '#lib/demo/salon/database.ts'
import { unwrap } from '#lib/errors.ts'
import { listGuardStates } from '#lib/guards/queries.ts'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import { listCurrentJobRuns } from '#lib/jobs/queries.ts'
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
 * Makes the demo where it is missing: people, sample databases on the same server, and each of them as a target under its
 * own policy. Guards, first snapshots, first archives and two validations are filed as ordinary requests, which the worker does as
 * for any target, those of the first database first. Safe to repeat: what is there stays, what a first start did not get to
 * is made up for.
 */
export async function ensureDemo(
  ctx: Ctx,
  { serverUrl }: { serverUrl(database: string): string },
): Promise<Demo> {
  const people = await ensureDemoPeople(ctx)
  await ensureDemoOnCall(ctx)
  const today = new Date(new Date().setUTCHours(0, 0, 0, 0))
  let created = false
  for (const database of demoDatabases) {
    const { name } = database
    await makeDatabase(serverUrl, database, today)
    const known = await findTargetByName(ctx.db, name)
    const target = known ?? (await addDatabase(ctx, database, serverUrl(name)))
    if (known) await followServer(ctx, known, serverUrl(name))
    else created = true
    if (database === salon) await ensureDemoHistory(ctx, target.id, serverUrl(name))
    await ensureProtection(ctx, target)
    if (database === salon) await ensureDemoDeployments(ctx, target.id)
  }
  return { people, created }
}

const addDatabase = async (
  ctx: Ctx,
  { name, environment, policy }: DemoDatabase,
  url: string,
): Promise<Target> => unwrap(await addTarget(ctx, { name, url, environment, policy }))

async function ensureProtection(ctx: Ctx, { id: targetId, name: target }: Target): Promise<void> {
  const isAsked = (await listCurrentJobRuns(ctx.db)).some(
    (run) => run.kind === 'guards.install' && run.targetId === targetId,
  )
  if (!isAsked && (await listGuardStates(ctx.db, targetId)).length === 0) {
    unwrap(await requestGuardInstallation(ctx, { target }))
  }
  if ((await listBackups(ctx.db, { targetId, limit: 1 })).length > 0) return
  for (const kind of ['snapshot', 'archive'] as const) {
    unwrap(await requestBackup(ctx, { target, kind, purpose: 'scheduled' }))
  }
}

/** The embedded server takes another port when its own is in use; the demo's targets are wherever that server is. */
async function followServer(ctx: Ctx, target: Target, url: string): Promise<void> {
  const port = Number(new URL(url).port)
  if (target.port === port) return
  await ctx.db.update(targets).set({ port }).where(eq(targets.id, target.id))
  unwrap(await setCredential(ctx, { name: target.name, role: 'owner', url }))
}
