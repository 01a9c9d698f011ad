import { and, desc, eq, sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { JournalSource } from '#lib/restores/input.ts'
import type { RestoreResult } from '#lib/restores/types.ts'

/** A restore from the journal that succeeded: what it undid. */
export interface Undo {
  operationId: string
  /** Empty: of a time. */
  transactionIds: string[]
  since: Date | null
  until: Date
  /** Where it wrote rows. */
  tables: string[]
}

const mostUndos = 500

/** Undone by operations, newest first. */
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
      ),
    )
    .orderBy(desc(operations.finishedAt))
    .limit(mostUndos)
  return rows.map(({ operationId, source, result }) => ({
    operationId,
    transactionIds: source.transactionIds ?? [],
    since: source.since === undefined ? null : new Date(source.since),
    until: new Date(source.until),
    tables: (result?.tables ?? []).filter((one) => one.inserted + one.updated > 0).map((one) => one.table),
  }))
}

/** What one line of a list of deletes is about: one transaction, or several that are close together. */
export interface Undoable {
  table: string
  firstAt: Date
  lastAt: Date
  transactionIds: readonly string[]
}

/** The operation that put back rows of it, the newest one. Pure. */
export function findUndo(undos: readonly Undo[], line: Undoable): string | null {
  const undo = undos.find(
    ({ tables, transactionIds, since, until }) =>
      tables.includes(line.table) &&
      (transactionIds.length === 0 || line.transactionIds.every((id) => transactionIds.includes(id))) &&
      (since === null || since <= line.firstAt) &&
      line.lastAt <= until,
  )
  return undo?.operationId ?? null
}
