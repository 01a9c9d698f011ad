import { and, desc, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { rowCounts } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { RowHistory } from '#lib/health/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'

/** What we remember of each table's rows: our own counts, and the facts of the newest proven (else good) backup. */
export async function readRowHistory(db: DbOrTx, targetId: string): Promise<Map<string, RowHistory>> {
  const within = (interval: string) =>
    sql<
      number | null
    >`max(${rowCounts.rows}) filter (where ${rowCounts.countedAt} > now() - ${interval}::interval)::float8`
  const counted = await db
    .select({
      table: rowCounts.tableName,
      highestOfDay: within('1 day'),
      highestOfWeek: within('7 days'),
      highestOfMonth: within('30 days'),
    })
    .from(rowCounts)
    .where(and(eq(rowCounts.targetId, targetId), sql`${rowCounts.countedAt} > now() - interval '30 days'`))
    .groupBy(rowCounts.tableName)
  const history = new Map<string, RowHistory>(
    counted.map(({ table, ...highest }) => [table, { ...highest, provenRows: null, provenAt: null }]),
  )
  const [backup] = await db
    .select({ facts: backups.facts, takenAt: backups.takenAt })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        inArray(backups.status, ['good', 'expired']),
        isNotNull(backups.facts),
        isNotNull(backups.takenAt),
      ),
    )
    .orderBy(desc(sql`${backups.verification} is not distinct from 'facts-proven'`), desc(backups.takenAt))
    .limit(1)
  if (backup) {
    for (const table of (backup.facts as Facts).tables) {
      const name = formatTable(table)
      const known = history.get(name) ?? { highestOfDay: null, highestOfWeek: null, highestOfMonth: null }
      history.set(name, {
        ...known,
        provenRows: table.rows,
        provenAt: backup.takenAt?.toISOString() ?? null,
      })
    }
  }
  return history
}
