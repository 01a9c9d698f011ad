import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm'
import { expectedRuns } from '#drizzle/schema/jobs.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db, Tx } from '#lib/db/client.ts'

export interface DueSchedule {
  targetId: string
  schedule: string
}

/** The schedules that have runs due now, by the control database's clock. */
export const listDueSchedules = (db: Db): Promise<DueSchedule[]> =>
  db
    .selectDistinct({ targetId: expectedRuns.targetId, schedule: expectedRuns.schedule })
    .from(expectedRuns)
    .where(and(eq(expectedRuns.status, 'expected'), lte(expectedRuns.dueAt, sql`now()`)))

/** What became of the run that was due: work, a refusal with its reason, or nothing because its time has passed. */
export type Answer =
  | { status: 'filed'; jobRunId: string }
  | { status: 'refused'; refusedBecause: string }
  | { status: 'skipped' }

export interface DueRun extends DueSchedule {
  dueAt: Date
  lateByMs: number
}

/** The same context with the transaction as its database: what a verb does within becomes part of it. */
const within = (ctx: Ctx, tx: Tx): Ctx => ({
  ...ctx,
  db: Object.assign(tx, { $client: ctx.db.$client }) as unknown as Db,
})

/**
 * Answers a schedule's due runs: the latest one by `file`, those before it as skipped. The rows, the answer and the work that
 * `file` asks for are one transaction, and a row that another process has is left to it: an occurrence is answered once,
 * however many do this at once. When `file` throws, nothing of it stays and the run is due again.
 */
export async function answerDueRuns(
  ctx: Ctx,
  { targetId, schedule }: DueSchedule,
  file: (inside: Ctx, run: DueRun) => Promise<Answer>,
): Promise<Answer | null> {
  return ctx.db.transaction(async (tx) => {
    const due = await tx
      .select({
        dueAt: expectedRuns.dueAt,
        lateByMs: sql`extract(epoch from now() - ${expectedRuns.dueAt}) * 1000`.mapWith(Number),
      })
      .from(expectedRuns)
      .where(
        and(
          eq(expectedRuns.targetId, targetId),
          eq(expectedRuns.schedule, schedule),
          eq(expectedRuns.status, 'expected'),
          lte(expectedRuns.dueAt, sql`now()`),
        ),
      )
      .orderBy(asc(expectedRuns.dueAt))
      .for('update', { skipLocked: true })
    const latest = due.at(-1)
    if (!latest) return null
    const answer = await file(within(ctx, tx), { targetId, schedule, ...latest })
    const write = (dueAts: Date[], values: Partial<typeof expectedRuns.$inferInsert>) =>
      tx
        .update(expectedRuns)
        .set({ ...values, answeredAt: sql`now()` })
        .where(
          and(
            eq(expectedRuns.targetId, targetId),
            eq(expectedRuns.schedule, schedule),
            inArray(expectedRuns.dueAt, dueAts),
          ),
        )
    await write([latest.dueAt], answer)
    const passed = due.slice(0, -1).map(({ dueAt }) => dueAt)
    if (passed.length > 0) {
      await write(passed, { status: 'skipped' })
      await announceChanges(tx, ['jobs'])
    }
    return answer
  })
}
