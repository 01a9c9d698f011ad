import { withPinnedBackup } from '#lib/backups/pin-backup.ts'
import { AppError } from '#lib/errors.ts'
import type { Operation, RunScope } from '#lib/operations/types.ts'
import { bindingOf, bringAll, compareSource } from '#lib/restores/compare-source.ts'
import type { RestoreRequest } from '#lib/restores/input.ts'
import { assertImagesKept } from '#lib/restores/judge-images.ts'
import { withSource } from '#lib/restores/open-source.ts'
import type { RestorePlan, RestoreResult } from '#lib/restores/types.ts'
import { writeRows } from '#lib/restores/write-rows.ts'
import { sameTable, type TableName } from '#lib/sql/identifier.ts'
import { listTables, pickTables } from '#lib/targets/introspect.ts'

/** Writes exactly the approved plan in one transaction of the target, which keeps what its undo needs. */
export function runRestore(
  scope: RunScope,
  operation: Operation<RestoreRequest, RestorePlan>,
): Promise<RestoreResult> {
  const { source } = operation.request
  if (!('backupId' in source)) return run(scope, operation)
  // Expired backups are removed at any time: not the one that is restored from.
  return withPinnedBackup(scope.ctx, source.backupId, () => run(scope, operation))
}

async function run(
  scope: RunScope,
  operation: Operation<RestoreRequest, RestorePlan>,
): Promise<RestoreResult> {
  const { plan } = operation
  if (!plan) throw new AppError('no-plan', 'This operation has no plan.')
  const { sql } = scope.session
  return withSource(
    scope.job,
    operation.targetId,
    operation.request.source,
    sql,
    async (source) => {
      if (plan.kept) assertImagesKept(plan.kept, source.kept ?? [])
      const live = (await listTables(sql)).filter((table) => table.kind !== 'partition')
      const chosen = pickTables(live, plan.chosen)
      const pairs = await bringAll(sql, source, chosen)
      const isPlanned = (name: TableName) => plan.tables.some((table) => sameTable(table, name))
      return writeRows(scope, {
        operationId: operation.id,
        label: source.label,
        tables: live.filter(isPlanned),
        compare: (transaction) =>
          compareSource(transaction, scope.job, source, pairs, { mode: plan.mode, live }),
        binding: (rows) => bindingOf(source.identity, rows),
      })
    },
    plan.chosen,
  )
}
