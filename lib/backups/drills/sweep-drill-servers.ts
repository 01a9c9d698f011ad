import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { onIdleDrillServers } from '#lib/backups/drills/drill-server.ts'
import { listsDirectory } from '#lib/backups/drills/restore-dump.ts'
import { dropLeftOverScratch } from '#lib/backups/drills/scratch-database.ts'
import type { Ctx } from '#lib/context.ts'
import { log } from '#lib/log.ts'
import { isAlive } from '#lib/servers/is-alive.ts'

/** Files that killed processes left; each begins with the id of the process that made it. */
async function removeStrayLists(): Promise<void> {
  const directory = listsDirectory()
  for (const name of readdirSync(directory)) {
    if (!isAlive(Number.parseInt(name, 10))) await rm(join(directory, name), { force: true })
  }
}

/**
 * Removes what killed drills left: scratch databases, roles, files, and an own drill server that nobody stopped. Never
 * touches a server that holds a target. Safe to repeat and to run beside living drills.
 */
export async function sweepDrillServers(ctx: Ctx): Promise<void> {
  await removeStrayLists()
  await onIdleDrillServers(ctx, async ({ admin }) => {
    const dropped = await dropLeftOverScratch(ctx, admin)
    if (dropped.length > 0) log.info({ dropped }, 'what killed drills left was removed')
  })
}
