import { withPinnedBackup } from '#lib/backups/pin-backup.ts'
import { AppError } from '#lib/errors.ts'
import type { Operation, RunScope } from '#lib/operations/types.ts'
import { assertNotSubscribed, assertWritable } from '#lib/restores/assert-writable.ts'
import { chooseRows } from '#lib/restores/choose-rows.ts'
import { bindingOf, compareSource } from '#lib/restores/compare-source.ts'
import { copyBinding, copyRows } from '#lib/restores/copies/copy-rows.ts'
import { explainLock } from '#lib/restores/explain-lock.ts'
import type { RestoreRequest } from '#lib/restores/input.ts'
import { assertImagesKept } from '#lib/restores/journal/judge-images.ts'
import { withSource } from '#lib/restores/open-source.ts'
import { comparedMode } from '#lib/restores/plan-restore.ts'
import type { OpenSource, RestorePlan, RestoreResult } from '#lib/restores/types.ts'
import { writeRows } from '#lib/restores/write-rows.ts'
import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { getPolicy } from '#lib/targets/queries.ts'

type RestoreOperation = Operation<RestoreRequest, RestorePlan>

/**
 * Writes exactly the approved plan in one transaction of the target: into the live tables, keeping what its undo needs, or
 * into a schema of its own beside them.
 */
export function runRestore(scope: RunScope, operation: RestoreOperation): Promise<RestoreResult> {
  const { source } = operation.request
  if (!('backupId' in source)) return run(scope, operation)
  // Expired backups are removed at any time: not the one that is restored from.
  return withPinnedBackup(scope.ctx, source.backupId, () => run(scope, operation))
}

async function run(scope: RunScope, operation: RestoreOperation): Promise<RestoreResult> {
  const { plan } = operation
  if (!plan) throw new AppError('no-plan', 'This operation has no plan.')
  const intoCopy = plan.into === 'copy'
  // It may have become something else since the plan: after a failover, say.
  await assertWritable(scope.ctx, scope.session)
  if (!intoCopy) await assertNotSubscribed(scope.session.sql, plan.tables)
  const locked = { tables: plan.tables, to: intoCopy ? ('read' as const) : ('write' as const) }
  return explainLock(scope, locked, () =>
    withSource(
      scope.job,
      operation.targetId,
      operation.request.source,
      scope.session.sql,
      (source) => runFrom(scope, operation, plan, source),
      plan.chosen,
    ),
  )
}

async function runFrom(
  scope: RunScope,
  operation: RestoreOperation,
  plan: RestorePlan,
  source: OpenSource,
): Promise<RestoreResult> {
  const { request } = operation
  const { sql } = scope.session
  if (plan.kept) assertImagesKept(plan.kept, source.kept ?? [])
  const live = (await listTables(sql)).filter((table) => table.kind !== 'partition')
  const { document: policy } = await getPolicy(scope.ctx.db, operation.targetId)
  const names = plan.chosen.map(formatTable)
  const { pairs, lost } = await chooseRows(sql, source, request, { live, policy, names })
  if (plan.into === 'copy')
    return copyRows(scope, {
      operationId: operation.id,
      label: source.label,
      moment: source.moment,
      mode: plan.mode,
      lost,
      compare: (transaction) =>
        compareSource(transaction, scope.job, source, pairs, {
          mode: comparedMode(request),
          live,
          beside: true,
        }),
      binding: (selections) => copyBinding(source.identity, plan.mode, selections),
    })
  const isPlanned = (name: TableName) => plan.tables.some((table) => sameTable(table, name))
  return writeRows(scope, {
    operationId: operation.id,
    label: source.label,
    tables: live.filter(isPlanned),
    compare: (transaction) => compareSource(transaction, scope.job, source, pairs, { mode: plan.mode, live }),
    binding: (rows) => bindingOf(source.identity, rows),
  })
}
