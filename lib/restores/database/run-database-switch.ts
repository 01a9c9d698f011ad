import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import { assertServerClaim } from '#lib/operations/claim-server.ts'
import { installMarkers } from '#lib/operations/markers.ts'
import type { Operation, RunScope } from '#lib/operations/types.ts'
import { carryAttemptNumbers } from '#lib/restores/database/carry-attempt-numbers.ts'
import { type ComparedSwitch, compareSwitch, switchBinding } from '#lib/restores/database/compare-switch.ts'
import type {
  DatabaseSwitchPlan,
  DatabaseSwitchRequest,
  DatabaseSwitchResult,
} from '#lib/restores/database/database-types.ts'
import { dropCommand } from '#lib/restores/database/make-database.ts'
import { stayingBehind } from '#lib/restores/database/plan-database-switch.ts'
import { renameDatabases } from '#lib/restores/database/rename-databases.ts'
import { urlOfDatabase, withMaintenance } from '#lib/targets/open-maintenance.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getTargetUrl } from '#lib/targets/queries.ts'

/** The database that comes answers for the renaming, once it bears the name and only then. */
async function leaveMarkerIn(
  scope: RunScope,
  targetId: string,
  database: string,
  result: DatabaseSwitchResult,
): Promise<void> {
  const url = urlOfDatabase(await getTargetUrl(scope.ctx, targetId, 'restore'), database)
  const session = connectToUrl(url, 'restore', { purpose: 'database-switch' })
  try {
    await installMarkers(session)
    await session.begin((transaction) => scope.leaveMarker(transaction, result))
  } finally {
    await session.end({ timeout: 5 })
  }
}

/** As the owner: the counters are the guards'. What could not be carried is told in the report. */
async function carryCounts({ ctx }: RunScope, targetId: string, coming: string): Promise<string[]> {
  const url = await getTargetUrl(ctx, targetId, 'owner')
  const [from, to] = [
    connectToUrl(url, 'watch', { purpose: 'database-switch' }),
    connectToUrl(urlOfDatabase(url, coming), 'owner', { purpose: 'database-switch' }),
  ]
  try {
    const problem = await carryAttemptNumbers(from, to)
    return problem ? [problem] : []
  } finally {
    await Promise.all([from.end({ timeout: 5 }), to.end({ timeout: 5 })])
  }
}

const resultOf = (
  { wanted, leaving, left }: ComparedSwitch,
  { keptAs, back }: DatabaseSwitchPlan,
): DatabaseSwitchResult => ({
  live: { name: leaving.name, oid: wanted.coming.oid },
  kept: { name: keptAs, oid: leaving.oid },
  wasCalled: wanted.coming.name,
  back,
  restoreOperationId: wanted.restoreOperationId,
  leftBehind: left.tables,
  drop: dropCommand(keptAs),
  notes: stayingBehind(keptAs),
})

/**
 * Reads the facts of both databases once more, leaves the marker in the one that comes, and renames both in one transaction.
 * The database that leaves is not written to. Throws AppError `plan-stale` when other tables differ than were approved.
 */
export async function runDatabaseSwitch(
  scope: RunScope,
  operation: Operation<DatabaseSwitchRequest, DatabaseSwitchPlan>,
): Promise<DatabaseSwitchResult> {
  const { ctx, job, session } = scope
  const { plan, targetId } = operation
  if (!plan) throw new AppError('no-plan', 'This operation has no plan.')
  const live = session.target.databaseName
  const compared = await compareSwitch(ctx, job, session.sql, operation, live)
  scope.assertSamePlan(switchBinding(compared, plan.keptAs))
  await job.phase('switch')
  const result = resultOf(compared, plan)
  result.notes.push(...(await carryCounts(scope, targetId, plan.coming.name)))
  await leaveMarkerIn(scope, targetId, plan.coming.name, result)
  failPoint('restores.before-rename')
  const guard = async (transaction: postgres.TransactionSql) => {
    await assertServerClaim(transaction, live)
    await scope.assertHeld()
  }
  const remark = `holdfast: was “${live}” until operation ${operation.id}`
  await withMaintenance(ctx, targetId, { purpose: 'database-switch' }, ({ sql: beside }) =>
    renameDatabases(session.sql, beside, { ...plan, remark }, guard),
  )
  return result
}
