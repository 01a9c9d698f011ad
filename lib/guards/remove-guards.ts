import { eq } from 'drizzle-orm'
import { guardInstallations, guardStates, guardSurveys } from '#drizzle/schema/guards.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { hasApprover } from '#lib/auth/break-glass.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError } from '#lib/errors.ts'
import { listCopiesLeft } from '#lib/guards/list-copies-left.ts'
import { runGuardStatement } from '#lib/guards/run-guard-statement.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { isProduction } from '#lib/targets/is-production.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getTarget } from '#lib/targets/queries.ts'

const removalSql = loadSql(new URL('./sql/plan_removal.sql', import.meta.url))
const countSql = loadSql(new URL('./sql/count_journaled_rows.sql', import.meta.url))

const insufficientPrivilege = '42501'

export interface GuardRemoval {
  installed: false
  statements: number
  /** Images of deleted rows that went with the journals. */
  journaledRows: number
  /** Copies of rows that are no guards: they stay in the target, and end with their own time. */
  stays: string[]
  tables: []
}

/**
 * Does a `guards.remove` job: takes every guard object out of the target and leaves nothing of them. The journals go too, so
 * deletes of the past can no longer be undone from them. Safe to repeat.
 */
export async function removeGuards(scope: JobScope): Promise<GuardRemoval> {
  const targetId = scope.targetId!
  const target = await getTarget(scope.ctx.db, targetId)
  // The verb decides; a job that somebody put into the queue beside it does not pass.
  if ((await isProduction(scope.ctx.db, target)) && (await hasApprover(scope.ctx.db))) {
    throw new AppError(
      'second-person-needed',
      'Taking the guards off a production target takes two persons.',
      {
        kind: 'refused',
        hint: `Request it: holdfast guards remove ${target.name}`,
      },
    )
  }
  return takeGuardsOut(scope, targetId)
}

/** Takes the guards out, whoever decided it. Safe to repeat. */
export async function takeGuardsOut(
  scope: JobScope,
  targetId: string,
  decided: Record<string, string> = {},
): Promise<GuardRemoval> {
  const { ctx } = scope
  const target = await getTarget(ctx.db, targetId)
  const by = formatActor(ctx.actor)
  await scope.phase('remove')
  const { statements, journaledRows, stays } = await withTarget(
    ctx,
    targetId,
    'guard',
    { purpose: 'guards remove' },
    async ({ sql }) => {
      const plan = await sql.unsafe<{ statement: string; mayBeRefused: boolean }[]>(removalSql)
      const [known] = await sql<
        [{ present: boolean }]
      >`select to_regclass('holdfast.journal_statements') is not null as present`
      const [count] = known.present ? await sql.unsafe<[{ rows: string }]>(countSql) : [{ rows: '0' }]
      for (const { statement, mayBeRefused } of plan) {
        scope.signal.throwIfAborted()
        try {
          await runGuardStatement(sql, statement, by)
        } catch (error) {
          // Not the tables' owner: the triggers go with their functions, which comes next.
          if (!mayBeRefused || (error as { code?: string }).code !== insufficientPrivilege) throw error
        }
      }
      return {
        statements: plan.length,
        journaledRows: Number(count.rows),
        stays: await listCopiesLeft(sql),
      }
    },
  )
  await ctx.db.delete(guardStates).where(eq(guardStates.targetId, targetId))
  await ctx.db.delete(guardInstallations).where(eq(guardInstallations.targetId, targetId))
  await ctx.db.delete(guardSurveys).where(eq(guardSurveys.targetId, targetId))
  await announceChanges(ctx.db, ['guards'])
  await appendAudit(ctx.db, {
    actor: by,
    action: 'guards.remove',
    outcome: 'done',
    subject: `target:${target.name}`,
    target: target.name,
    detail: { ...decided, statements, journaledRows, stays },
  })
  return { installed: false, statements, journaledRows, stays, tables: [] }
}
