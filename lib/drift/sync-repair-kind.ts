import { masterNameOf } from '#lib/drift/choose-tables.ts'
import { requestDriftComparison } from '#lib/drift/request-drift-comparison.ts'
import { syncRepairRequest } from '#lib/drift/sync-repair-request.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import type { Operation, OperationKind, RunScope } from '#lib/operations/types.ts'
import type { RestoreRequest } from '#lib/restores/input.ts'
import { planRestore } from '#lib/restores/plan-restore.ts'
import { runRestore } from '#lib/restores/run-restore.ts'
import type { RestorePlan, RestoreResult } from '#lib/restores/types.ts'
import { verifyRestore } from '#lib/restores/verify-restore.ts'
import { formatTable, parseTable } from '#lib/sql/identifier.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

/** Makes a target's rows like another target's, as those are when it runs. */
export const syncRepairKind: OperationKind<RestoreRequest, RestorePlan, RestoreResult> = {
  kind: 'sync-repair',
  request: syncRepairRequest,
  plan: planRestore,
  run: runRestore,
  async verify(scope, operation, result) {
    const proven = await verifyRestore(scope, operation, result)
    // Its own record says whether the two are alike now; what was written stands whatever becomes of it.
    await compareAgain(scope, operation).catch((error) =>
      log.warn({ operation: operation.id, error: messageOf(error) }, 'no comparison could be filed'),
    )
    return proven
  },
}

/** Files the comparisons that tell whether the repair did it: of the mirrors it was about, else of its tables. */
async function compareAgain(
  { ctx }: Pick<RunScope, 'ctx'>,
  { request, plan, targetId }: Operation<RestoreRequest, RestorePlan>,
): Promise<void> {
  if (request.source.kind !== 'target' || !plan) return
  const { names, ignoredColumns, targetId: masterId } = request.source
  const [target, master] = [await getTarget(ctx.db, targetId), await getTarget(ctx.db, masterId)]
  const { mirrors } = (await getPolicy(ctx.db, targetId)).document
  const tables = plan.chosen.map(formatTable)
  const concerned = mirrors.filter(
    (mirror) =>
      mirror.master === master.name &&
      mirror.tables.some((table) => tables.includes(formatTable(parseTable(table)!))),
  )
  const rest = tables.filter(
    (table) =>
      !concerned.some((mirror) => mirror.tables.some((one) => formatTable(parseTable(one)!) === table)),
  )
  for (const mirror of concerned)
    await requestDriftComparison(ctx, { target: target.name, mirror: mirror.name })
  if (rest.length === 0) return
  const named = rest.map((table) => [table, formatTable(masterNameOf(names, parseTable(table)!))] as const)
  await requestDriftComparison(ctx, {
    target: target.name,
    master: master.name,
    tables: rest,
    names: Object.fromEntries(named.filter(([here, there]) => here !== there)),
    ignoredColumns,
  })
}
