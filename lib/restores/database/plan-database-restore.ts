import { and, desc, eq, isNotNull } from 'drizzle-orm'
import { drills } from '#drizzle/schema/backups.ts'
import { operations } from '#drizzle/schema/operations.ts'
import type { Ctx } from '#lib/context.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { Operation, PlannedOperation } from '#lib/operations/types.ts'
import { checkServerNeeds } from '#lib/restores/database/check-server-needs.ts'
import {
  compareWithArchive,
  plannedDifferences,
  sayNewer,
} from '#lib/restores/database/compare-with-archive.ts'
import type { DatabaseRestorePlan, DatabaseRestoreRequest } from '#lib/restores/database/database-types.ts'
import { nameRestored } from '#lib/restores/database/name-databases.ts'
import { readDatabaseFacts } from '#lib/restores/database/read-database-facts.ts'
import {
  assertMayChange,
  getDatabase,
  listSessions,
  saySessions,
} from '#lib/restores/database/read-database-place.ts'
import { requireArchive, type WholeArchive } from '#lib/restores/database/require-archive.ts'
import { momentText } from '#lib/restores/moment.ts'
import { isProduction } from '#lib/targets/is-production.ts'
import { withMaintenance } from '#lib/targets/open-maintenance.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getTarget } from '#lib/targets/queries.ts'

/** What an approval is for: this archive, under this name, beside this very database. */
export const databaseRestoreBinding = (
  { backup, manifest }: WholeArchive,
  { database, live }: Pick<DatabaseRestorePlan, 'database' | 'live'>,
) => ({ backupId: backup.id, sha256: manifest.sha256, database, live })

async function estimate(
  db: DbOrTx,
  targetId: string,
): Promise<{ estimateMs: number | null; estimateFrom: string }> {
  const [run] = await db
    .select({ startedAt: operations.startedAt, finishedAt: operations.finishedAt })
    .from(operations)
    .where(
      and(
        eq(operations.targetId, targetId),
        eq(operations.kind, 'database-restore'),
        eq(operations.status, 'succeeded'),
      ),
    )
    .orderBy(desc(operations.finishedAt))
    .limit(1)
  if (run?.startedAt && run.finishedAt)
    return {
      estimateMs: run.finishedAt.getTime() - run.startedAt.getTime(),
      estimateFrom: 'as long as the last one of this target took',
    }
  const [drill] = await db
    .select({ recoveryMs: drills.recoveryMs })
    .from(drills)
    .where(and(eq(drills.targetId, targetId), eq(drills.verdict, 'passed'), isNotNull(drills.recoveryMs)))
    .orderBy(desc(drills.finishedAt))
    .limit(1)
  return drill?.recoveryMs
    ? { estimateMs: drill.recoveryMs, estimateFrom: 'as long as the last drill took, on another server' }
    : { estimateMs: null, estimateFrom: 'no run or drill of this target is known' }
}

/**
 * Computes what making a whole database from an archive takes, and how the live one differs from it. Only reads. Throws
 * AppError (kind refused) with the SQL that helps where the server or the role is not up to it.
 */
export async function planDatabaseRestore(
  ctx: Ctx,
  job: JobScope,
  operation: Operation<DatabaseRestoreRequest, DatabaseRestorePlan>,
): Promise<PlannedOperation<DatabaseRestorePlan>> {
  const { targetId } = operation
  const target = await getTarget(ctx.db, targetId)
  const archive = await requireArchive(ctx.db, targetId, operation.request.backupId)
  const { backup, manifest, facts } = archive
  await job.phase('look at the server')
  const { live, sessions } = await withMaintenance(
    ctx,
    targetId,
    { purpose: 'database-restore-plan' },
    async ({ sql: server }) => {
      const place = await getDatabase(server, target.databaseName)
      assertMayChange([place])
      return { live: place, sessions: await listSessions(server, [place.name]) }
    },
  )
  const { warnings, notCovered } = await withTarget(
    ctx,
    targetId,
    'owner',
    { purpose: 'database-restore-plan' },
    ({ sql }) => checkServerNeeds(sql, manifest, live, target.host),
  )
  await job.phase('facts of live')
  const comparison = compareWithArchive(facts, await readDatabaseFacts(ctx, job, targetId, null))
  const database = nameRestored(live.name, backup.takenAt, operation.id)
  const rows = facts.tables.reduce((sum, table) => sum + table.rows, 0)
  const age = formatDuration(Date.now() - backup.takenAt.getTime())
  const plan: Omit<DatabaseRestorePlan, 'summary'> = {
    backupId: backup.id,
    database,
    live: { name: live.name, oid: live.oid },
  }
  return {
    plan: {
      ...plan,
      summary: {
        sentence: `Makes the database ${database} beside ${live.name}, with ${rows.toLocaleString('en')} rows in ${facts.tables.length} tables from the archive of ${momentText(backup.takenAt)} (${age} old). ${live.name} stays as it is.`,
        tables: plannedDifferences(comparison),
        statements: [
          `create database "${database}" template template0; -- with the owner, encoding and sorting of ${live.name}`,
          `pg_restore --single-transaction --exit-on-error → ${database}`,
          `alter database "${database}" set default_transaction_read_only to on; -- until it takes the name`,
        ],
        warnings: [
          ...(backup.status === 'suspicious'
            ? ['The archive is marked suspicious: look at what it lacks before you trust it.']
            : []),
          ...[sayNewer(live.name, comparison)].filter((text) => text !== null),
          ...(comparison.definitions.length > 0
            ? [
                `${comparison.definitions.length} definitions of “${live.name}” differ from the archive: ${comparison.definitions.slice(0, 5).join(', ')}${comparison.definitions.length > 5 ? ', …' : ''}.`,
              ]
            : []),
          ...warnings,
          ...(sessions.length > 0
            ? [
                `Connected to “${live.name}”, and left alone: ${sessions.slice(0, 5).map(saySessions).join('; ')}${sessions.length > 5 ? '; …' : ''}.`,
              ]
            : []),
        ],
        notCovered,
        locks: [],
        ...(await estimate(ctx.db, targetId)),
        promisedRows: rows,
      },
    },
    binding: databaseRestoreBinding(archive, plan),
    needsApproval: await isProduction(ctx.db, target),
  }
}
