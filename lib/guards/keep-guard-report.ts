import { isDeepStrictEqual } from 'node:util'
import { and, eq, notInArray } from 'drizzle-orm'
import { guardEvents, guardStates, guardSurveys } from '#drizzle/schema/guards.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db } from '#lib/db/client.ts'
import { type GuardReport, isGuarding, type RememberedGuards } from '#lib/guards/types.ts'

/**
 * Keeps what a verification found as each table's state. Every problem of a guard that was whole becomes a `tampered`
 * event once. After an installation, what is there is what later verifications miss. Returns whether anything differs from
 * the look before. Safe to repeat.
 */
export async function keepGuardReport(
  db: Db,
  targetId: string,
  report: GuardReport,
  seen: RememberedGuards,
  after: 'installation' | 'verification',
): Promise<boolean> {
  const now = new Date()
  return db.transaction(async (tx) => {
    const before = new Map(
      (await tx.select().from(guardStates).where(eq(guardStates.targetId, targetId))).map((row) => [
        row.tableName,
        row,
      ]),
    )
    let changed = before.size !== report.tables.length
    for (const { table, state, problems } of report.tables) {
      await tx
        .insert(guardStates)
        .values({ targetId, tableName: table, state, problems, verifiedAt: now })
        .onConflictDoUpdate({
          target: [guardStates.targetId, guardStates.tableName],
          set: { state, problems, verifiedAt: now },
        })
      const known = before.get(table)
      if (known?.state !== state || !isDeepStrictEqual(known.problems, problems)) changed = true
      const fresh = problems.filter(
        (problem) => !(known?.problems as string[] | undefined)?.includes(problem),
      )
      const wasThere = known !== undefined && (isGuarding(known.state) || known.state === 'tampered')
      if (wasThere && !isGuarding(state) && fresh.length > 0) {
        await tx
          .insert(guardEvents)
          .values({
            targetId,
            kind: 'tampered',
            at: now,
            tableName: table,
            detail: { problems: fresh },
            sourceKey: `tampered:${table}:${now.toISOString()}`,
          })
          .onConflictDoNothing()
      }
    }
    const names = report.tables.map((table) => table.table)
    await tx
      .delete(guardStates)
      .where(
        names.length === 0
          ? eq(guardStates.targetId, targetId)
          : and(eq(guardStates.targetId, targetId), notInArray(guardStates.tableName, names)),
      )
    const [survey] = await tx.select().from(guardSurveys).where(eq(guardSurveys.targetId, targetId))
    if (!isDeepStrictEqual(survey?.uncovered ?? [], report.uncovered)) changed = true
    const { statements, gaps, uncovered } = report
    const remembered = after === 'installation' || !survey?.remembered ? seen : survey.remembered
    const values = { statements, gaps, uncovered, remembered, surveyedAt: now }
    await tx
      .insert(guardSurveys)
      .values({ targetId, ...values })
      .onConflictDoUpdate({ target: guardSurveys.targetId, set: values })
    if (changed) await announceChanges(tx, ['guards'])
    return changed
  })
}
