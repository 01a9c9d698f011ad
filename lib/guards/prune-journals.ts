import type { Ctx } from '#lib/context.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'

const pruningSql = loadSql(new URL('./sql/plan_pruning.sql', import.meta.url))
const dayMs = 86_400_000

/**
 * Forgets journaled rows and evidence older than the archives are kept, so that the guard never grows without bound.
 * Returns how many rows went. Safe to repeat.
 */
export async function pruneJournals(ctx: Ctx, targetId: string, now: Date): Promise<number> {
  const { document } = await getPolicy(ctx.db, targetId)
  const before = new Date(now.getTime() - document.retention.archiveDays * dayMs)
  return withTarget(ctx, targetId, 'guard', { purpose: 'guards prune' }, async ({ sql }) => {
    const [known] = await sql<
      [{ present: boolean }]
    >`select to_regclass('holdfast.journal_statements') is not null as present`
    if (!known.present) return 0
    let rows = 0
    const plan = await sql.unsafe<{ statement: string }[]>(pruningSql, [before.toISOString()])
    for (const { statement } of plan) rows += (await sql.unsafe(statement)).count
    return rows
  })
}
