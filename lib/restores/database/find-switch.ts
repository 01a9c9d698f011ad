import { and, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { AppError } from '#lib/errors.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import type {
  DatabaseRef,
  DatabaseRestoreResult,
  DatabaseSwitchRequest,
  DatabaseSwitchResult,
} from '#lib/restores/database/database-types.ts'

/** Which database is to take the name, and what is known of the one that bears it. */
export interface WantedSwitch {
  backupId: string
  restoreOperationId: string
  coming: DatabaseRef
  /** Of a way back: the database that has to bear the name now, and what it is called when it leaves. */
  leaving: { oid: string; keptAs: string } | null
}

const refused = (code: string, message: string, hint: string) =>
  new AppError(code, message, { kind: 'refused', hint })

async function findLastSwitch(db: DbOrTx, targetId: string, restoreId: string) {
  const rows = await db
    .select({ id: operations.id, result: operations.result })
    .from(operations)
    .where(
      and(
        eq(operations.targetId, targetId),
        eq(operations.kind, 'database-switch'),
        eq(operations.status, 'succeeded'),
      ),
    )
    .orderBy(desc(operations.finishedAt))
  return rows
    .map(({ result }) => result as DatabaseSwitchResult)
    .find(({ restoreOperationId, back }) => restoreOperationId === restoreId && !back)
}

/**
 * What a request for a switch means, read from the operations it names. Throws AppError (kind refused) when there is no
 * proven database to switch to, or no switch to take back.
 */
export async function findSwitch(
  db: DbOrTx,
  targetId: string,
  { operationId, back }: DatabaseSwitchRequest,
): Promise<WantedSwitch> {
  const named = await getOperationRow(db, operationId)
  const list = 'See what there is: holdfast operations list'
  if (named.targetId !== targetId)
    throw refused('operation-of-other-target', 'This operation is of another target.', list)
  const isRestore = named.kind === 'database-restore'
  if (!isRestore && !(back && named.kind === 'database-switch'))
    throw refused('not-a-database', `This operation is a ${named.kind}; it made no database.`, list)
  if (named.status !== 'succeeded')
    throw refused(
      'database-not-proven',
      `This ${named.kind} is ${named.status}: there is no proven database to give the name to.`,
      'Restore it again: holdfast restores database TARGET --from ID',
    )
  if (!back) {
    const { database, oid, backupId } = named.result as DatabaseRestoreResult
    return { backupId, restoreOperationId: named.id, coming: { name: database, oid }, leaving: null }
  }
  const done = isRestore
    ? await findLastSwitch(db, targetId, named.id)
    : (named.result as DatabaseSwitchResult)
  if (!done || done.back)
    throw refused('nothing-to-switch-back', 'There was no switch that could be taken back.', list)
  const restore = await getOperationRow(db, done.restoreOperationId)
  return {
    backupId: (restore.result as DatabaseRestoreResult).backupId,
    restoreOperationId: restore.id,
    coming: done.kept,
    leaving: { oid: done.live.oid, keptAs: done.wasCalled },
  }
}

/**
 * Throws AppError `operation-in-doubt` while another operation of the target waits for its marker to be read: the marker lies
 * in the database that would leave.
 */
export async function assertNothingInDoubt(db: DbOrTx, targetId: string, operationId: string): Promise<void> {
  const [other] = await db
    .select({ id: operations.id, kind: operations.kind, status: operations.status })
    .from(operations)
    .innerJoin(jobRuns, eq(jobRuns.id, operations.runJobRunId))
    .where(
      and(
        eq(operations.targetId, targetId),
        inArray(operations.status, ['running', 'verifying']),
        ne(operations.id, operationId),
        // One that still waits for the target has written nothing, and will look for itself.
        sql`(${operations.status} = 'verifying' or ${jobRuns.phase} <> 'hold' or ${jobRuns.attempts} > 1
          or ${jobRuns.payload} ->> 'settleOnly' is not null)`,
      ),
    )
    .limit(1)
  if (!other) return
  throw refused(
    'operation-in-doubt',
    `A ${other.kind} of this target is ${other.status}; its outcome is read from the database that would leave.`,
    `Wait until it is settled: holdfast operations show ${other.id}`,
  )
}
