import { isDeepStrictEqual } from 'node:util'
import { and, eq, notInArray } from 'drizzle-orm'
import { guardEvents, guardStates, guardSurveys } from '#drizzle/schema/guards.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db } from '#lib/db/client.ts'
import type { GuardReport } from '#lib/guards/types.ts'

/**
 * Keeps what a verification found as each table's state. A guard that was whole and no longer is becomes a
 * `tampered` event once. Returns whether anything differs from the verification before. Safe to repeat.
 */
export async function keepGuardReport(db: Db, targetId: string, report: GuardReport): Promise<boolean> {
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
      if (known?.state === 'installed' && state !== 'installed') {
        await tx
          .insert(guardEvents)
          .values({
            targetId,
            kind: 'tampered',
            at: now,
            tableName: table,
            detail: { problems },
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
    const survey = { statements: report.statements, gaps: report.gaps, surveyedAt: now }
    await tx
      .insert(guardSurveys)
      .values({ targetId, ...survey })
      .onConflictDoUpdate({ target: guardSurveys.targetId, set: survey })
    if (changed) await announceChanges(tx, ['guards'])
    return changed
  })
}
