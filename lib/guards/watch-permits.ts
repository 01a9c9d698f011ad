import { and, eq, inArray } from 'drizzle-orm'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { operations } from '#drizzle/schema/operations.ts'
import { permits } from '#drizzle/schema/permits.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { PermitRequest } from '#lib/guards/permit-input.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { withTarget } from '#lib/targets/open-target.ts'

const settleSql = loadSql(new URL('./sql/settle_permits.sql', import.meta.url))

interface SettledPermit {
  id: string
  state: 'used' | 'expired'
  rows: string
  at: Date | null
  by: string | null
}

/**
 * Brings the state of a target's open permits home: used (by whom, how many rows) or expired unused, and takes the rights
 * back that they needed. Connects only while one is open. Safe to repeat and to run twice at once.
 */
export async function watchPermits(ctx: Ctx, targetId: string): Promise<{ news: boolean }> {
  await forgetNeverMade(ctx, targetId)
  const open = await ctx.db
    .select({ id: permits.id, request: operations.request })
    .from(permits)
    .innerJoin(operations, eq(operations.id, permits.id))
    .where(and(eq(permits.targetId, targetId), eq(permits.state, 'open')))
  if (open.length === 0) return { news: false }
  const settled = await withTarget(ctx, targetId, 'guard', { purpose: 'permits watch' }, async ({ sql }) => {
    const [known] = await sql<
      [{ present: boolean }]
    >`select to_regclass('holdfast.permits') is not null as present`
    // Guards that were removed took their permits along.
    if (!known.present) {
      return open.map(({ id }): SettledPermit => ({ id, state: 'expired', rows: '0', at: null, by: null }))
    }
    const found = await sql.unsafe<SettledPermit[]>(settleSql, [open.map(({ id }) => id) as never])
    if (found.length > 0) await sql`select holdfast.revoke_permit_rights()`
    return [...found]
  })
  let news = false
  for (const permit of settled) {
    const request = open.find(({ id }) => id === permit.id)!.request as PermitRequest
    if (await settle(ctx, targetId, permit, request)) news = true
  }
  return { news }
}

const settle = (
  ctx: Ctx,
  targetId: string,
  { id, state, rows, at, by }: SettledPermit,
  request: PermitRequest,
): Promise<boolean> =>
  ctx.db.transaction(async (tx) => {
    const endedAt = new Date()
    const changed = await tx
      .update(permits)
      .set({
        state,
        secret: null,
        endedAt,
        ...(state === 'used' ? { usedRows: Number(rows), usedAt: at, usedBy: by } : {}),
      })
      .where(and(eq(permits.id, id), eq(permits.state, 'open')))
      .returning({ id: permits.id })
    if (changed.length === 0) return false
    if (state === 'expired') {
      await tx
        .insert(guardEvents)
        .values({
          targetId,
          kind: 'expired',
          at: endedAt,
          tableName: request.table,
          rows: 0,
          detail: { permitId: id },
          sourceKey: `expired:${id}`,
        })
        .onConflictDoNothing()
    }
    await announceChanges(tx, ['guards'])
    return true
  })

/** The secret of a permit whose operation ended without making it. */
async function forgetNeverMade(ctx: Ctx, targetId: string): Promise<void> {
  const ended = ctx.db
    .select({ id: operations.id })
    .from(operations)
    .where(inArray(operations.status, ['failed', 'refused', 'expired', 'cancelled']))
  await ctx.db
    .delete(permits)
    .where(and(eq(permits.targetId, targetId), eq(permits.state, 'opening'), inArray(permits.id, ended)))
}
