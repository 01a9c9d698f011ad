import type postgres from 'postgres'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { judgeGuards } from '#lib/guards/judge-guards.ts'
import { keepInstalledRecord } from '#lib/guards/keep-guard-record.ts'
import { planGuards } from '#lib/guards/plan-guards.ts'
import { runGuardStatement } from '#lib/guards/run-guard-statement.ts'
import { surveyGuards } from '#lib/guards/survey-guards.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import type { Policy } from '#lib/targets/policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'

const pruningSql = loadSql(new URL('./sql/plan_pruning.sql', import.meta.url))
const newestSql = loadSql(new URL('./sql/newest_period.sql', import.meta.url))

const dayMs = 86_400_000
const mebibyte = 2 ** 20
const periodMs = 7 * dayMs

interface Forgotten {
  kind: 'period' | 'rows'
  journal: string
  begins: string | null
  endedAt: Date | null
  /** Younger than the policy promises: the size did not allow more. */
  isEarly: boolean
  bytes: string
  statement: string
}

export interface JournalUpkeep {
  /** The period that began; null: the present one goes on. */
  began: string | null
  /** Tables and rows that were forgotten. */
  forgotten: number
}

/**
 * Lets a new period of the journals begin each week, or earlier when they grow, and forgets whole periods that are older or
 * larger than the policy keeps. What had to go early is said as a guard event. Repairs nothing: a guard that differs
 * from its policy is left to be found. Safe to repeat.
 */
export async function keepJournals(ctx: Ctx, targetId: string, now: Date): Promise<JournalUpkeep> {
  const { document } = await getPolicy(ctx.db, targetId)
  const by = formatActor(ctx.actor)
  const before = new Date(now.getTime() - document.retention.journalDays * dayMs)
  const mostBytes = document.retention.journalMegabytes * mebibyte
  return withTarget(ctx, targetId, 'guard', { purpose: 'guards upkeep' }, async ({ sql }) => {
    const [known] = await sql<
      [{ present: boolean }]
    >`select to_regclass('holdfast.budgets') is not null as present`
    if (!known.present) return { began: null, forgotten: 0 }
    const began = await beginPeriod(sql, document, { now, mostBytes, by })
    // The functions write elsewhere now, by our hand: that is what verification compares with from here on.
    if (began) await keepInstalledRecord(ctx.db, targetId, await surveyGuards(ctx, targetId, sql, document))
    const plan = await sql.unsafe<Forgotten[]>(pruningSql, [before.toISOString(), mostBytes])
    let forgotten = 0
    for (const { kind, statement } of plan) {
      if (kind === 'rows') forgotten += (await sql.unsafe(statement)).count
      else {
        await runGuardStatement(sql, statement, by)
        forgotten += 1
      }
    }
    await sayWhatWentEarly(
      ctx,
      targetId,
      plan.filter((one) => one.isEarly),
      now,
    )
    return { began, forgotten }
  })
}

/** Makes the tables of a new period and points the guard functions at them; takes no lock on the application's tables. */
async function beginPeriod(
  sql: postgres.Sql,
  policy: Policy,
  { now, mostBytes, by }: { now: Date; mostBytes: number; by: string },
): Promise<string | null> {
  const [newest] = await sql.unsafe<{ beganAt: Date; bytes: string }[]>(newestSql)
  const isDue =
    newest !== undefined &&
    (now.getTime() - newest.beganAt.getTime() >= periodMs || Number(newest.bytes) > mostBytes / 4)
  if (!isDue || !judgeGuards(await planGuards(sql, policy)).installed) return null
  const period = now.toISOString().replaceAll(/[-T:]/g, '').slice(0, 12)
  const { statements } = await planGuards(sql, policy, period)
  for (const statement of statements) await runGuardStatement(sql, statement, by)
  return period
}

async function sayWhatWentEarly(
  ctx: Ctx,
  targetId: string,
  early: readonly Forgotten[],
  now: Date,
): Promise<void> {
  if (early.length === 0) return
  await ctx.db
    .insert(guardEvents)
    .values(
      early.map(({ journal, begins, endedAt, bytes }) => ({
        targetId,
        kind: 'forgotten' as const,
        at: now,
        tableName: `holdfast.${journal}`,
        detail: {
          begins,
          until: endedAt?.toISOString(),
          bytes: Number(bytes),
          why: 'the journals were full',
        },
        sourceKey: `forgotten:${journal}:${begins}`,
      })),
    )
    .onConflictDoNothing()
  await announceChanges(ctx.db, ['guards'])
}
