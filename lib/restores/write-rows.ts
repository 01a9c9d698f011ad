import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import { pauseGuards } from '#lib/guards/pause-guards.ts'
import type { RunScope } from '#lib/operations/types.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { countTouched, keepUndo } from '#lib/restores/undo/keep-undo.ts'
import { keepWritten } from '#lib/restores/undo/keep-written.ts'
import { applyRows, countWrites, lockTables, type WrittenRows } from '#lib/rows/apply-rows.ts'
import { countLive, proveRows } from '#lib/rows/prove-rows.ts'
import type { RowsPlan, RowsScope } from '#lib/rows/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

/** Timeouts of the role or the database must not end a restore halfway; waiting for locks is short all the same. */
export async function setLimits(
  transaction: postgres.TransactionSql,
  serverVersionNumber: number,
): Promise<void> {
  await transaction.unsafe(`set local statement_timeout = 0; set local lock_timeout = '5s';
    set local idle_in_transaction_session_timeout = 0`)
  if (serverVersionNumber >= 170_000) await transaction.unsafe('set local transaction_timeout = 0')
}

/** What the transaction needs of a run; a rescue without the control database has no more. */
export type WritingScope = Pick<RunScope, 'assertSamePlan' | 'leaveMarker'> & {
  ctx: Pick<RunScope['ctx'], 'keys'>
  job: Pick<RunScope['job'], 'signal' | 'phase' | 'progress'>
  session: Pick<RunScope['session'], 'sql' | 'serverVersionNumber'>
}

export interface Writing {
  operationId: string
  label: string
  /** Locked before anything is compared. */
  tables: readonly Table[]
  compare(transaction: postgres.TransactionSql): Promise<RowsPlan>
  binding(plan: RowsPlan): unknown
}

/**
 * The one transaction of a restore, a recovery or an undo: locks the tables, computes the plan again, refuses when it is
 * not the approved one, keeps what its undo needs, writes, proves what it wrote, leaves the marker. There is no way to
 * write without the safety copy.
 */
export async function writeRows(scope: WritingScope, writing: Writing): Promise<RestoreResult> {
  const { job, session } = scope
  const result = await session.sql.begin('isolation level read committed', async (transaction) => {
    const rows: RowsScope = { sql: transaction, signal: job.signal }
    await setLimits(transaction, session.serverVersionNumber)
    await job.phase('compare')
    await lockTables(rows, writing.tables)
    const plan = await writing.compare(transaction)
    scope.assertSamePlan(writing.binding(plan))

    const before = await countAll(rows, plan)
    const toTouch = touched(plan)
    await job.phase('safety copy', toTouch.length)
    const kept =
      toTouch.length === 0
        ? null
        : await keepUndo(rows, plan, {
            operationId: writing.operationId,
            keyId: scope.ctx.keys?.keyId ?? '',
            onProgress: (tables) => job.progress(tables),
          })
    failPoint('restores.after-safety-copy')
    await job.phase('write', countWrites(plan))
    const written = await applyRows(rows, plan, {
      beforeLoss: () => pauseGuards(transaction, writing.operationId),
      onProgress: (done) => job.progress(done),
    })
    failPoint('restores.after-write')
    await job.phase('prove')
    const proof = await prove(rows, plan, written, before)
    const undo = kept ? await keepWritten(rows, plan, kept) : null
    const done: RestoreResult = {
      ...written,
      source: writing.label,
      writtenRows: countWrites(plan),
      undo,
      proof,
    }
    await scope.leaveMarker(transaction, done)
    return done
  })
  return result as RestoreResult
}

const touched = (plan: RowsPlan) => plan.tables.filter((table) => countTouched(plan, table) > 0)

async function countAll(scope: RowsScope, plan: RowsPlan): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const { live } of touched(plan)) counts.set(formatTable(live), await countLive(scope, live))
  return counts
}

async function prove(
  scope: RowsScope,
  plan: RowsPlan,
  written: WrittenRows,
  before: ReadonlyMap<string, number>,
): Promise<RestoreResult['proof']> {
  const proofs = await proveRows(scope, plan)
  const after = await countAll(scope, plan)
  return touched(plan).map(({ live, notes }) => {
    const table = formatTable(live)
    const did = written.tables.find((one) => one.table === table) ?? { inserted: 0, updated: 0, deleted: 0 }
    const { absent, altered, remaining } = proofs.find((one) => one.table === table)!
    const [rowsBefore, rowsAfter] = [before.get(table)!, after.get(table)!]
    const hasTriggers = notes.some((note) => note.startsWith('The trigger'))
    if (
      absent + remaining > 0 ||
      (altered > 0 && !hasTriggers) ||
      rowsAfter !== rowsBefore + did.inserted - did.deleted
    ) {
      throw new AppError(
        'proof-failed',
        `${table} is not as promised: ${absent} rows absent, ${remaining} too many, ${altered} differ, ${rowsAfter} rows in all.`,
        { hint: 'Nothing was written. A column of the table may hold less than its values in the source.' },
      )
    }
    return { table, rowsBefore, rowsAfter, altered }
  })
}
