import { and, desc, eq, sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { JournalSource } from '#lib/restores/input.ts'
import type { Undo } from '#lib/restores/journal/find-undo.ts'
import type { RestoreResult } from '#lib/restores/types.ts'

const mostUndos = 500

/** Taken back itself, and not put forth again. */
const isUndone = sql`exists (select from operations u where u.undoes_operation_id = ${operations.id} and u.status = 'succeeded'
  and not exists (select from operations r where r.undoes_operation_id = u.id and r.status = 'succeeded'))`

/** Undone by operations, newest first; not by those that were undone themselves. */
export async function listUndos(db: DbOrTx, targetId: string): Promise<Undo[]> {
  const rows = await db
    .select({
      operationId: operations.id,
      source: sql<JournalSource>`${operations.request} -> 'source'`,
      result: sql<Pick<RestoreResult, 'tables'> | null>`${operations.result}`,
    })
    .from(operations)
    .where(
      and(
        eq(operations.targetId, targetId),
        eq(operations.kind, 'restore'),
        eq(operations.status, 'succeeded'),
        sql`${operations.request} #>> '{source,kind}' = 'journal'`,
        sql`not ${isUndone}`,
      ),
    )
    .orderBy(desc(operations.finishedAt))
    .limit(mostUndos)
  return rows.map(({ operationId, source, result }) => ({
    operationId,
    transactionIds: source.transactionIds ?? [],
    since: source.since === undefined ? null : new Date(source.since),
    until: new Date(source.until),
    returned: (result?.tables ?? []).filter((one) => one.inserted > 0).map((one) => one.table),
    reset: (result?.tables ?? []).filter((one) => one.updated > 0).map((one) => one.table),
  }))
}
