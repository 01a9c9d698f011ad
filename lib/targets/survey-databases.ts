import { and, eq, gt, sql } from 'drizzle-orm'
import { serverDatabases } from '#drizzle/schema/targets.ts'
import type { Ctx } from '#lib/context.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { withTarget } from '#lib/targets/open-target.ts'

const listDatabasesSql = loadSql(new URL('./sql/list_databases.sql', import.meta.url))

/** Looks once a day which databases a target's server has, and keeps their names. Safe to repeat. */
export async function surveyDatabases(ctx: Ctx, targetId: string): Promise<void> {
  const fresh = and(
    eq(serverDatabases.targetId, targetId),
    gt(serverDatabases.seenAt, sql`now() - interval '20 hours'`),
  )
  if ((await ctx.db.$count(serverDatabases, fresh)) > 0) return
  const found = await withTarget(ctx, targetId, 'watch', { purpose: 'survey databases' }, ({ sql }) =>
    sql.unsafe<{ name: string; sizeBytes: string | null }[]>(listDatabasesSql),
  )
  await ctx.db.transaction(async (tx) => {
    await tx.delete(serverDatabases).where(eq(serverDatabases.targetId, targetId))
    await tx.insert(serverDatabases).values(
      found.map(({ name, sizeBytes }) => ({
        targetId,
        name,
        sizeBytes: sizeBytes === null ? null : Number(sizeBytes),
      })),
    )
  })
}
