import { withAuthenticArchive } from '#lib/backups/archives/authenticate-archive.ts'
import { withPinnedBackup } from '#lib/backups/pin-backup.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import { log } from '#lib/log.ts'
import type { Operation, RunScope } from '#lib/operations/types.ts'
import type {
  DatabaseRestorePlan,
  DatabaseRestoreRequest,
  DatabaseRestoreResult,
} from '#lib/restores/database/database-types.ts'
import {
  carrySettings,
  dropCommand,
  dropUnfinished,
  makeDatabase,
  markOf,
  setReadOnly,
} from '#lib/restores/database/make-database.ts'
import { databaseRestoreBinding } from '#lib/restores/database/plan-database-restore.ts'
import { prepareMarkers } from '#lib/restores/database/prepare-markers.ts'
import { getDatabase } from '#lib/restores/database/read-database-place.ts'
import { requireArchive } from '#lib/restores/database/require-archive.ts'
import { sweepRestoredDatabases } from '#lib/restores/database/sweep-restored-databases.ts'
import { type RestorableArchive, restoreIntoEmpty } from '#lib/restores/from-store/restore-into-empty.ts'
import { urlOfDatabase, withMaintenance } from '#lib/targets/open-maintenance.ts'
import { getTargetUrl } from '#lib/targets/queries.ts'

const keptDifferences = 200

async function fill(
  scope: RunScope,
  operation: Operation<DatabaseRestoreRequest, DatabaseRestorePlan>,
  archive: RestorableArchive,
  database: string,
) {
  const { job } = scope
  const url = urlOfDatabase(await getTargetUrl(scope.ctx, operation.targetId, 'owner'), database)
  return restoreIntoEmpty(
    archive,
    url,
    {
      signal: job.signal,
      // Told as it goes; that it could not be told stops nothing.
      phase: (name, total) => void job.phase(name, total).catch(() => {}),
      progress: (done) => job.progress(done),
    },
    { keepOwners: true, keepMark: true, mark: markOf(operation.id) },
  )
}

/**
 * Makes the new database, restores the archive into it and proves it; then leaves the marker in the live one, which nothing
 * else is written to. What fails or is stopped before that is dropped again.
 */
export async function runDatabaseRestore(
  scope: RunScope,
  operation: Operation<DatabaseRestoreRequest, DatabaseRestorePlan>,
): Promise<DatabaseRestoreResult> {
  const { ctx, job, session } = scope
  const { plan, targetId } = operation
  if (!plan) throw new AppError('no-plan', 'This operation has no plan.')
  const { database, live } = plan
  await sweepRestoredDatabases(ctx, targetId).catch((error) =>
    log.warn({ targetId, error: messageOf(error) }, 'what was left of earlier restores could not be dropped'),
  )
  const make = (archive: RestorableArchive) =>
    withMaintenance(ctx, targetId, { purpose: 'database-restore' }, async ({ sql: server }) => {
      const whole = await requireArchive(ctx.db, targetId, plan.backupId)
      const { name, oid } = await getDatabase(server, session.target.databaseName)
      scope.assertSamePlan(databaseRestoreBinding(whole, { database, live: { name, oid } }))
      await scope.assertHeld()
      await job.phase('make the database')
      failPoint('restores.before-create')
      await makeDatabase(server, live.name, database, operation.id)
      try {
        const proof = await fill(scope, operation, archive, database)
        await job.phase('settings')
        const { carried, notCarried } = await carrySettings(server, live.name, database)
        await prepareMarkers(ctx, targetId, database)
        await setReadOnly(server, database)
        const made = await getDatabase(server, database)
        return {
          database,
          oid: made.oid,
          backupId: plan.backupId,
          moment: whole.backup.takenAt.toISOString(),
          tables: proof.tables,
          writtenRows: proof.rows,
          proven: proof.differences.length === 0,
          differences: proof.differences.slice(0, keptDifferences),
          carried,
          notCarried: [...notCarried, ...proof.lacking.slice(0, keptDifferences)],
          drop: dropCommand(database),
        } satisfies DatabaseRestoreResult
      } catch (error) {
        await dropUnfinished(server, database).catch((failure) =>
          log.warn({ database, error: messageOf(failure) }, 'an unfinished database could not be dropped'),
        )
        throw error
      }
    })
  const result = await withPinnedBackup(ctx, plan.backupId, async () => {
    const { backup } = await requireArchive(ctx.db, targetId, plan.backupId)
    await job.phase('authenticate', backup.sizeBytes ?? undefined)
    const reading = { signal: job.signal, onProgress: (bytes: number) => job.progress(bytes) }
    return withAuthenticArchive(ctx, backup, reading, make)
  })
  failPoint('restores.before-marker')
  await session.sql.begin((transaction) => scope.leaveMarker(transaction, result))
  return result
}
