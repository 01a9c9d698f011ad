import { and, asc, eq, sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { getPolicy } from '#lib/targets/queries.ts'

/** What an operation keeps in its target for its undo, as our store knows it. */
export interface KeptUndoCopy {
  operationId: string
  kind: string
  schema: string
  sizeBytes: number
  madeAt: Date
  /** Removed from then on, unless an undo of it is open or an incident of the target is unresolved. */
  expiresAt: Date
}

const dayMs = 86_400_000

/**
 * The undo copies of a target that are not removed yet, oldest first. They are kept as long as snapshots
 * (`retention.snapshotDays`): both are for what is noticed within days. Reads only.
 */
export async function listUndoCopies(db: DbOrTx, targetId: string): Promise<KeptUndoCopy[]> {
  const { document } = await getPolicy(db, targetId)
  const rows = await db
    .select({
      operationId: operations.id,
      kind: operations.kind,
      schema: sql<string>`${operations.result} #>> '{undo,schema}'`,
      sizeBytes: sql<number>`coalesce((${operations.result} #>> '{undo,sizeBytes}')::float8, 0)`,
      madeAt:
        sql<Date>`coalesce(${operations.finishedAt}, ${operations.startedAt}, ${operations.createdAt})`.mapWith(
          operations.createdAt,
        ),
    })
    .from(operations)
    .where(
      and(
        eq(operations.targetId, targetId),
        sql`${operations.result} #>> '{undo,schema}' is not null`,
        sql`${operations.result} #>> '{undo,expiredAt}' is null`,
      ),
    )
    .orderBy(asc(operations.createdAt))
  return rows.map((row) => ({
    ...row,
    expiresAt: new Date(row.madeAt.getTime() + document.retention.snapshotDays * dayMs),
  }))
}
