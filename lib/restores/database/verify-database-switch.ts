import { AppError, messageOf } from '#lib/errors.ts'
import { isGuarding } from '#lib/guards/types.ts'
import { verifyGuards } from '#lib/guards/verify-guards.ts'
import type { Operation, VerifyScope } from '#lib/operations/types.ts'
import type {
  DatabaseSwitchPlan,
  DatabaseSwitchRequest,
  DatabaseSwitchResult,
} from '#lib/restores/database/database-types.ts'
import { getDatabase } from '#lib/restores/database/read-database-place.ts'
import { identifyTarget } from '#lib/targets/identify-target.ts'
import { withMaintenance } from '#lib/targets/open-maintenance.ts'

const mostProblems = 50

/** The guards came along with the archive, as they were at its moment. Their evidence link belongs to the installation. */
async function lookAtGuards(
  { ctx, session }: VerifyScope,
  targetId: string,
): Promise<NonNullable<DatabaseSwitchResult['guards']>> {
  const next = `holdfast guards install ${session.target.name}`
  try {
    const { report } = await verifyGuards(ctx, targetId)
    const problems = report.tables.flatMap(({ table, state, problems: found }) =>
      found.map((problem) => `${table} (${isGuarding(state) ? 'guarded' : state}): ${problem}`),
    )
    const whole = report.installed && report.statements.length === 0
    return {
      installed: report.installed,
      problems: problems.slice(0, mostProblems),
      next: whole ? null : next,
    }
  } catch (error) {
    return { installed: false, problems: [`They could not be verified: ${messageOf(error)}`], next }
  }
}

/**
 * Proves that the target's name leads to the database that was meant and the other one is kept under its name; looks at the
 * guards there and adds what it found to the result. Throws AppError `database-replaced`. Safe to repeat.
 */
export async function verifyDatabaseSwitch(
  scope: VerifyScope,
  operation: Operation<DatabaseSwitchRequest, DatabaseSwitchPlan>,
  result: DatabaseSwitchResult,
): Promise<DatabaseSwitchResult> {
  const { ctx, session } = scope
  const { targetId } = operation
  const identity = await identifyTarget(session.sql)
  if (identity.databaseOid !== result.live.oid)
    throw new AppError('database-replaced', `“${result.live.name}” is another database than was meant.`)
  const kept = await withMaintenance(
    ctx,
    targetId,
    { purpose: 'database-switch-verify' },
    ({ sql: server }) => getDatabase(server, result.kept.name),
  )
  if (kept.oid !== result.kept.oid)
    throw new AppError('database-replaced', `“${result.kept.name}” is another database than was meant.`)
  return { ...result, guards: await lookAtGuards(scope, targetId) }
}
