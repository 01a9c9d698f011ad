import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { type CopySituation, type PlannedCopy, planCopies } from '#lib/backups/copies/plan-copies.ts'
import { requestCopy } from '#lib/backups/copies/request-copy.ts'
import type { Ctx } from '#lib/context.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { log } from '#lib/log.ts'
import { getPolicy } from '#lib/targets/queries.ts'

interface CopyJob {
  backupId: string
  storeName: string
  status: string
  finishedAt: Date | null
}

/** The copies of the last day that were asked for, and all that wait or run. */
async function listCopyJobs(db: DbOrTx, targetId: string): Promise<CopyJob[]> {
  const rows = await db
    .select({ payload: jobRuns.payload, status: jobRuns.status, finishedAt: jobRuns.finishedAt })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.kind, 'backups.copy'),
        eq(jobRuns.targetId, targetId),
        sql`(${jobRuns.finishedAt} is null or ${jobRuns.finishedAt} > now() - interval '1 day')`,
      ),
    )
  return rows.map(({ payload, ...run }) => ({
    ...(payload as { backupId: string; storeName: string }),
    ...run,
  }))
}

/** Every archive that is to be kept, in every store that the policy names, as things stand. */
async function listSituations(db: DbOrTx, targetId: string): Promise<CopySituation[]> {
  const { document: policy } = await getPolicy(db, targetId)
  const stores = await db
    .select({ id: archiveStores.id, name: archiveStores.name, status: archiveStores.status })
    .from(archiveStores)
    .where(isNull(archiveStores.removedAt))
  const wanted = stores.filter(({ name }) => policy.stores.includes(name))
  const archives = await db
    .select({ id: backups.id, takenAt: backups.takenAt })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backups.kind, 'archive'),
        eq(backups.origin, 'holdfast'),
        inArray(backups.status, ['good', 'suspicious']),
        isNotNull(backups.manifest),
      ),
    )
  const copies = await db
    .select({ backupId: backupCopies.backupId, storeId: backupCopies.storeId, status: backupCopies.status })
    .from(backupCopies)
    .innerJoin(backups, eq(backups.id, backupCopies.backupId))
    .where(eq(backups.targetId, targetId))
  const jobs = await listCopyJobs(db, targetId)
  const reachable = new Set(stores.filter(({ status }) => status === 'reachable').map(({ id }) => id))

  return archives.flatMap(({ id, takenAt }) => {
    const own = copies.filter(({ backupId }) => backupId === id)
    return wanted.map((store): CopySituation => {
      const asked = jobs.filter((job) => job.backupId === id && job.storeName === store.name)
      const failed = asked.filter(({ status }) => status === 'failed')
      const failedTimes = failed.map(({ finishedAt }) => finishedAt?.getTime() ?? 0)
      return {
        backupId: id,
        takenAt: takenAt ?? new Date(0),
        store: store.name,
        status: own.find(({ storeId }) => storeId === store.id)?.status ?? null,
        sources: own.filter(
          (one) => one.status === 'good' && one.storeId !== store.id && reachable.has(one.storeId),
        ).length,
        storeReachable: store.status === 'reachable',
        underWay: asked.some(({ status }) => status === 'queued' || status === 'running'),
        failures: failed.length,
        failedAt: failed.length > 0 ? new Date(Math.max(...failedTimes)) : null,
      }
    })
  })
}

/**
 * Asks for the copies that a target's policy wants and that are not there, lost or damaged. Safe to repeat; the round does
 * it all the time, so that whoever takes archives need not know of copies.
 */
export async function requestMissingCopies(ctx: Ctx, targetId: string): Promise<PlannedCopy[]> {
  const planned = planCopies(await listSituations(ctx.db, targetId), new Date())
  for (const copy of planned) {
    const outcome = await requestCopy(ctx, copy)
    if (!outcome.ok) log.warn({ ...copy, refusal: outcome.refusal.reason }, 'a copy was not asked for')
  }
  return planned
}
