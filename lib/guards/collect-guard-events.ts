import { eq, sql } from 'drizzle-orm'
import { guardEvents, guardStates, guardWatches } from '#drizzle/schema/guards.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { type GuardObservation, readGuardNews, settledAttempts } from '#lib/guards/guard-news.ts'
import { hidePermitSecret } from '#lib/guards/hide-permit-secret.ts'
import { boundStatement, redactStatement } from '#lib/guards/redact-statement.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'

const watchSql = loadSql(new URL('./sql/watch_guards.sql', import.meta.url))

/** Refused attempts are recorded a moment after their time; this margin is read twice, the key keeps them once. */
const marginMs = 60_000

/** The limit in watch_guards.sql. */
const pageSize = 2_000

/**
 * Copies what a target's guards saw since the last look into our store, where it outlives the target. Only reads in
 * the target, one statement. Safe to repeat and to run twice at once: one event is recorded once.
 */
export async function watchTarget(ctx: Ctx, targetId: string): Promise<{ news: boolean }> {
  // A target that never had a guard is not connected to.
  const guarded = await ctx.db.$count(guardStates, eq(guardStates.targetId, targetId))
  if (guarded === 0) return { news: false }
  const [watch] = await ctx.db.select().from(guardWatches).where(eq(guardWatches.targetId, targetId))
  const seen = await observe(
    ctx,
    targetId,
    watch?.fromTransaction ?? '0',
    watch?.attemptsUntil ?? new Date(0),
  )
  if (!seen) return { news: false }

  const numbersBefore = (watch?.attemptNumbers ?? {}) as Record<string, number>
  const { document: policy } = await getPolicy(ctx.db, targetId)
  // What a statement says about people is not stored at all, so that no page, alert, export or backup of ours can tell it.
  const shown = policy.redactLiterals ? redactStatement : boundStatement
  const events = readGuardNews(seen, numbersBefore).map((event) => ({
    ...event,
    statement: event.statement ? shown(hidePermitSecret(event.statement)) : event.statement,
  }))
  return ctx.db.transaction(async (tx) => {
    const written =
      events.length === 0
        ? []
        : await tx
            .insert(guardEvents)
            .values(events.map((event) => ({ ...event, targetId })))
            .onConflictDoUpdate({
              target: [guardEvents.targetId, guardEvents.sourceKey],
              // The particulars may come after the count.
              set: {
                rows: sql`excluded.rows`,
                at: sql`excluded.at`,
                roleName: sql`excluded.role_name`,
                applicationName: sql`excluded.application_name`,
                clientAddress: sql`excluded.client_address`,
                statement: sql`excluded.statement`,
                transactionId: sql`excluded.transaction_id`,
                detail: sql`excluded.detail`,
              },
              setWhere: sql`${guardEvents.roleName} is null and excluded.role_name is not null`,
            })
            .returning({ id: guardEvents.id })
    const values = {
      fromTransaction: nextTransaction(seen),
      attemptsUntil: new Date(seen.lookedAt.getTime() - marginMs),
      attemptNumbers: settledAttempts(seen, numbersBefore),
      watchedAt: new Date(),
    }
    await tx
      .insert(guardWatches)
      .values({ targetId, ...values })
      .onConflictDoUpdate({ target: guardWatches.targetId, set: values })
    if (written.length > 0) await announceChanges(tx, ['guards'])
    return { news: written.length > 0 }
  })
}

/** Where the next look begins. A full page may have cut transactions off, so it begins with the page's last one. */
const nextTransaction = (seen: GuardObservation): string =>
  seen.deletes.length < pageSize ? seen.nextTransaction : seen.deletes.at(-1)!.transactionId!

function observe(
  ctx: Ctx,
  targetId: string,
  fromTransaction: string,
  attemptsSince: Date,
): Promise<GuardObservation | null> {
  return withTarget(ctx, targetId, 'watch', { purpose: 'guards watch' }, async ({ sql: target }) => {
    const [known] = await target<
      [{ present: boolean }]
    >`select to_regclass('holdfast.journal_statements') is not null as present`
    if (!known.present) return null
    const [seen] = await target.unsafe<[GuardObservation]>(watchSql, [
      fromTransaction,
      attemptsSince.toISOString(),
    ])
    return seen
  })
}
