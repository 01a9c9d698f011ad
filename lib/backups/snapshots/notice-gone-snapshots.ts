import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { requestVerification } from '#lib/backups/request-verification.ts'
import type { SnapshotManifest } from '#lib/backups/types.ts'
import type { Ctx } from '#lib/context.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { unwrap } from '#lib/errors.ts'
import { quoteTable } from '#lib/sql/identifier.ts'
import { withTarget } from '#lib/targets/open-target.ts'

interface KnownSnapshot {
  id: string
  isGood: boolean
  manifest: SnapshotManifest
}

/** Snapshots that are called good, and those of which tables were gone at the last look; not what is being looked at now. */
async function listKnown(db: DbOrTx, targetId: string): Promise<KnownSnapshot[]> {
  const rows = await db
    .select({ id: backups.id, status: backups.status, manifest: backups.manifest })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backups.kind, 'snapshot'),
        isNotNull(backups.location),
        inArray(backups.status, ['good', 'suspicious', 'failed']),
        sql`(${backups.status} <> 'failed' or ${backups.error} ->> 'code' = 'snapshot-gone')`,
        sql`not exists (select from ${jobRuns} where ${jobRuns.kind} = 'backups.verify'
          and ${jobRuns.status} in ('queued', 'running') and ${jobRuns.payload} ->> 'backupId' = ${backups.id}::text)`,
      ),
    )
  return rows.map(({ id, status, manifest }) => ({
    id,
    isGood: status !== 'failed',
    manifest: manifest as SnapshotManifest,
  }))
}

/**
 * Asks for the verification of snapshots that are called good although tables of theirs are gone from the target: dropped by
 * somebody, or left behind in a database that lost its name. Those that are whole again, because the name came back, are
 * looked at again too. Returns what it asked for. Safe to repeat.
 */
export async function noticeGoneSnapshots(
  ctx: Ctx,
  targetId: string,
): Promise<{ backupId: string; jobRunId: string }[]> {
  const known = await listKnown(ctx.db, targetId)
  if (known.length === 0) return []
  const names = known.flatMap(({ manifest }) => manifest.tables.map(({ stored }) => quoteTable(stored)))
  const gone = await withTarget(
    ctx,
    targetId,
    'watch',
    { purpose: 'watch snapshots' },
    async ({ sql: target }) => {
      const rows = await target.unsafe<{ name: string }[]>(
        'select name from unnest($1::text[]) as name where to_regclass(name) is null',
        [names as never],
      )
      return new Set(rows.map(({ name }) => name))
    },
  )
  const doubtful = known.filter(
    ({ isGood, manifest }) => isGood === manifest.tables.some(({ stored }) => gone.has(quoteTable(stored))),
  )
  const asked: { backupId: string; jobRunId: string }[] = []
  for (const { id } of doubtful) asked.push(unwrap(await requestVerification(ctx, { backupId: id })))
  return asked
}
