import { and, asc, eq, gte, inArray, isNotNull, lte } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Facts } from '#lib/facts/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import type { TableRows } from './bisect-facts.ts'
import type { Stretch } from './read-looks.ts'

/** A good copy of the target; of an expired one the facts are still known. */
export interface DatedBackup {
  id: string
  kind: 'snapshot' | 'archive'
  purpose: string
  takenAt: Date
  verification: 'checksum' | 'listed' | 'restored' | 'facts-proven' | null
  verifiedAt: Date | null
  isThere: boolean
}

/** The target's good copies of the time, oldest first, without their facts. */
export async function listDatedBackups(
  db: DbOrTx,
  targetId: string,
  stretch: Stretch,
): Promise<DatedBackup[]> {
  const rows = await db
    .select({
      id: backups.id,
      kind: backups.kind,
      purpose: backups.purpose,
      takenAt: backups.takenAt,
      verification: backups.verification,
      verifiedAt: backups.verifiedAt,
      status: backups.status,
    })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        inArray(backups.status, ['good', 'expiring', 'expired']),
        isNotNull(backups.facts),
        gte(backups.takenAt, stretch.from),
        lte(backups.takenAt, stretch.until),
      ),
    )
    .orderBy(asc(backups.takenAt), asc(backups.id))
    .limit(2_000)
  return rows.map(({ status, takenAt, ...row }) => ({
    ...row,
    takenAt: takenAt!,
    isThere: status === 'good',
  }))
}

/** How many rows each table had in a backup. */
export async function readTableRows(db: DbOrTx, backupId: string): Promise<TableRows> {
  const [row] = await db.select({ facts: backups.facts }).from(backups).where(eq(backups.id, backupId))
  const tables = (row?.facts as Facts | null)?.tables ?? []
  return new Map(tables.map((table) => [formatTable(table), table.rows]))
}

/** Drills that ended, of these backups. */
export async function listEndedDrills(db: DbOrTx, backupIds: string[]) {
  if (backupIds.length === 0) return []
  const rows = await db
    .select({ at: drills.finishedAt, verdict: drills.verdict, backupId: drills.backupId })
    .from(drills)
    .where(and(inArray(drills.backupId, backupIds), isNotNull(drills.finishedAt), isNotNull(drills.verdict)))
    .orderBy(asc(drills.finishedAt))
    .limit(200)
  return rows.map(({ at, verdict, backupId }) => ({
    at: at!.toISOString(),
    verdict: verdict!,
    backupId,
  }))
}
