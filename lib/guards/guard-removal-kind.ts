import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import { type GuardRemovalRequest, guardRemovalRequest } from '#lib/guards/guard-removal-request.ts'
import { listCopiesLeft } from '#lib/guards/list-copies-left.ts'
import { takeGuardsOut } from '#lib/guards/remove-guards.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { Operation, OperationKind, PlannedOperation, RunScope } from '#lib/operations/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { identifyTarget } from '#lib/targets/identify-target.ts'
import { isProduction } from '#lib/targets/is-production.ts'
import { withTarget } from '#lib/targets/open-target.ts'

const removalSql = loadSql(new URL('./sql/plan_removal.sql', import.meta.url))

interface Plan {
  tables: string[]
}

interface Result {
  tables: string[]
}

async function listGuarded(sql: postgres.Sql): Promise<string[]> {
  const [known] = await sql<
    [{ present: boolean }]
  >`select to_regclass('holdfast.guarded_tables') is not null as present`
  if (!known.present) return []
  const rows = await sql<{ table: string }[]>`
    select distinct g.table_name as "table" from holdfast.guarded_tables g order by 1`
  return rows.map(({ table }) => table)
}

/** What an approval is bound to: this database, and the tables that lose their guard. */
async function bindingOf(sql: postgres.Sql, tables: string[]): Promise<unknown> {
  const { databaseName, databaseOid, systemIdentifier } = await identifyTarget(sql)
  return { database: { databaseName, databaseOid, systemIdentifier }, tables }
}

const planRemoval = (
  ctx: Ctx,
  _job: JobScope,
  { targetId }: Operation<GuardRemovalRequest, Plan>,
): Promise<PlannedOperation<Plan>> =>
  withTarget(ctx, targetId, 'guard', { purpose: 'guards removal plan' }, async ({ sql, target }) => {
    const tables = await listGuarded(sql)
    const statements = await sql.unsafe<{ statement: string }[]>(removalSql)
    if (statements.length === 0) {
      throw new AppError('no-guard', `${target.name} has no guards.`, { kind: 'refused' })
    }
    const stays = await listCopiesLeft(sql)
    return {
      plan: {
        tables,
        summary: {
          sentence: `Takes every guard and journal out of ${target.name}: ${tables.length} tables lose theirs.`,
          tables: [],
          statements: statements.map(({ statement }) => statement),
          warnings: [
            'From then on nothing stops a mass delete.',
            'The journals go too: past deletes can no longer be undone from them.',
            ...(tables.length > 0 ? [`Unprotected afterwards: ${tables.join(', ')}.`] : []),
            ...(stays.length > 0
              ? [`No guards, so they stay until their time is over: ${stays.join(', ')}.`]
              : []),
          ],
          estimateMs: null,
          promisedRows: 0,
        },
      },
      binding: await bindingOf(sql, tables),
      needsApproval: await isProduction(ctx.db, target),
    }
  })

/** Commits the decision alone; the removal itself is many short transactions, which the proof carries through. */
async function runRemoval({ ctx, session, assertSamePlan, leaveMarker }: RunScope): Promise<Result> {
  const tables = await withTarget(ctx, session.target.id, 'guard', { purpose: 'guards removal' }, ({ sql }) =>
    listGuarded(sql),
  )
  const binding = await bindingOf(session.sql, tables)
  return session.sql.begin(async (sql) => {
    assertSamePlan(binding)
    await leaveMarker(sql, { tables })
    return { tables }
  }) as Promise<Result>
}

/** Takes out what is left, and proves that nothing is. After a crash it goes on where it was. */
async function finishRemoval(
  { ctx, job }: Omit<RunScope, 'assertSamePlan' | 'leaveMarker'>,
  { id, targetId, requestedBy }: Operation<GuardRemovalRequest, Plan>,
): Promise<void> {
  await takeGuardsOut(job, targetId, { operation: id, requestedBy })
  const left = await withTarget(ctx, targetId, 'guard', { purpose: 'guards removal verify' }, ({ sql }) =>
    listGuarded(sql),
  )
  if (left.length > 0) throw new AppError('guards-left', `Still guarded: ${left.join(', ')}.`)
}

/** Takes every guard off a target; on production another person approves it. */
export const guardRemovalKind: OperationKind<GuardRemovalRequest, Plan, Result> = {
  ...guardRemovalRequest,
  plan: planRemoval,
  run: runRemoval,
  verify: finishRemoval,
}
