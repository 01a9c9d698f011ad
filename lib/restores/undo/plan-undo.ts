import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { OperationRow } from '#lib/operations/move-operation.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import type { Operation, PlannedOperation, PlannedTable, PlanSummary } from '#lib/operations/types.ts'
import { assertNotSubscribed, assertWritable } from '#lib/restores/assert-writable.ts'
import { bindingOf } from '#lib/restores/compare-source.ts'
import { estimateRun, listPastRuns } from '#lib/restores/estimate-run.ts'
import {
  findBackupInstead,
  findUndoable,
  isUndone,
  type Undoable,
} from '#lib/restores/journal/find-undoable.ts'
import { momentText } from '#lib/restores/moment.ts'
import { inRolledBack } from '#lib/restores/plan-restore.ts'
import { plural, summarize } from '#lib/restores/summarize-plan.ts'
import { compareUndo, tablesToLock } from '#lib/restores/undo/compare-undo.ts'
import { planCopyRemoval } from '#lib/restores/undo/plan-copy-removal.ts'
import type { PreparedTable } from '#lib/restores/undo/prepare-undo.ts'
import type { UndoMode, UndoRequest } from '#lib/restores/undo/undo-input.ts'
import type { UndoCopy } from '#lib/restores/undo/undo-schema.ts'
import { countWrites } from '#lib/rows/apply-rows.ts'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import type { TargetSession } from '#lib/targets/types.ts'

/** What an undo's plan keeps beside its summary. */
export interface UndoPlan {
  undoes: string
  /** What the operation kept; null where a copy beside the originals is removed. */
  kept: UndoCopy | null
  mode: UndoMode
  /** Locked by the run: those that it writes, and those that refer to them. */
  tables: TableName[]
}

const samplesPerKind = 5

/** The operation that is undone. Throws AppError of kind `refused` where it cannot be. */
export async function getUndone(
  ctx: Ctx,
  request: UndoRequest,
): Promise<{ undone: OperationRow; undoable: Undoable }> {
  const undone = await getOperationRow(ctx.db, request.source.operationId)
  const undoable = findUndoable(undone)
  if ('refusal' in undoable) {
    const { code, reason, hint } = undoable.refusal
    throw new AppError(code, reason, { kind: 'refused', hint })
  }
  return { undone, undoable }
}

/** `before the restore of 2026-03-04 14:02 UTC`. */
export const labelOf = ({ kind, finishedAt, startedAt, createdAt }: OperationRow): string =>
  `before the ${kind} of ${momentText(startedAt ?? finishedAt ?? createdAt)}`

export const undoIdentity = ({ id }: OperationRow, kept: UndoCopy): Record<string, unknown> => ({
  kind: 'operation',
  operationId: id,
  checksums: kept.tables.map(({ table, checksum }) => [table, checksum]),
})

/** Computes what undoing an operation would write; reads the target, and writes to nothing. */
export async function planUndo(
  ctx: Ctx,
  job: JobScope,
  operation: Operation<UndoRequest, UndoPlan>,
): Promise<PlannedOperation<UndoPlan>> {
  const begunAt = Date.now()
  const { undone, undoable } = await getUndone(ctx, operation.request)
  return withTarget(ctx, operation.targetId, 'restore', { purpose: 'undo-plan' }, async (session) => {
    await assertWritable(ctx, session)
    return undoable.kind === 'copy'
      ? planCopyRemoval(session, undone, undoable.copy)
      : planRows({ ctx, job, operation, session, undone, kept: undoable.kept, begunAt })
  })
}

interface Planning {
  ctx: Ctx
  job: JobScope
  operation: Operation<UndoRequest, UndoPlan>
  session: TargetSession
  undone: OperationRow
  kept: UndoCopy
  begunAt: number
}

async function planRows({
  ctx,
  job,
  operation,
  session: { sql, target },
  undone,
  kept,
  begunAt,
}: Planning): Promise<PlannedOperation<UndoPlan>> {
  const mode = operation.request.rows
  const live = (await listTables(sql)).filter((table) => table.kind !== 'partition')
  const instead = await findBackupInstead(ctx.db, undone, target.name)
  const again = await isUndone(ctx.db, undone.id)
  await job.phase('compare', kept.tables.length)
  return inRolledBack(sql, async (transaction) => {
    const options = { kept, live, mode, again, samples: samplesPerKind, instead }
    const { plan, prepared } = await compareUndo(transaction, job, options)
    const locked = tablesToLock(kept, live)
    await assertNotSubscribed(transaction, locked)
    const rows = countWrites(plan)
    const conflicts = prepared.reduce((sum, one) => sum + one.conflicts.rows, 0)
    if (rows === 0) throw nothingLeft(conflicts)
    const past = await listPastRuns(ctx.db, { targetId: operation.targetId, kind: 'undo' })
    const estimate = estimateRun(rows, Date.now() - begunAt, past)
    const summary = summarize(plan, {
      label: labelOf(undone),
      target: target.name,
      warnings: warningsOf(conflicts, mode),
      estimateMs: estimate.estimateMs,
    })
    return {
      plan: {
        undoes: undone.id,
        kept,
        mode,
        tables: locked.map(({ schema, name }) => ({ schema, name })),
        summary: {
          ...summary,
          ...estimate,
          sentence: `Undoes the ${undone.kind} of ${momentText(undone.startedAt ?? undone.createdAt)}: ${plural(rows, 'row')} in ${plural(summary.tables.filter((one) => one.missing + one.changed + one.extra > 0).length, 'table')} of ${target.name} as they were before it.`,
          tables: summary.tables.map((table) => withConflicts(table, prepared)),
          locks: locked
            .map(
              (table) =>
                `${formatTable(table)}: nobody else writes to it while it runs; reading goes on (share row exclusive)`,
            )
            .sort(),
          notCovered: [...(again ? withoutKeys(kept) : []), ...notCovered(undone, summary)],
        },
      },
      binding: bindingOf(undoIdentity(undone, kept), plan),
      needsApproval: target.environment === 'production',
    }
  })
}

const nothingLeft = (conflicts: number): AppError =>
  conflicts > 0
    ? new AppError(
        'nothing-to-undo',
        `${plural(conflicts, 'row')} of it ${conflicts === 1 ? 'was' : 'were'} changed since, and the rest is as it was before.`,
        { kind: 'refused', hint: 'To undo those rows too: --rows all' },
      )
    : new AppError('nothing-to-undo', 'Everything is as it was before the operation.', {
        kind: 'refused',
        hint: 'It was undone already, or others put its rows back.',
      })

function warningsOf(conflicts: number, mode: UndoMode): string[] {
  if (conflicts === 0) return []
  const rows = `${plural(conflicts, 'row')} ${conflicts === 1 ? 'was' : 'were'} changed after the operation`
  return mode === 'all'
    ? [`${rows}: what others did to ${conflicts === 1 ? 'it' : 'them'} goes.`]
    : [
        `${rows} and ${conflicts === 1 ? 'stays as it is' : 'stay as they are'}; choose “all” to undo them too.`,
      ]
}

function withConflicts(table: PlannedTable, prepared: readonly PreparedTable[]): PlannedTable {
  const one = prepared.find(({ live }) => formatTable(live) === table.table)
  if (!one) return table
  return {
    ...table,
    newer: one.conflicts.rows,
    samples: [...table.samples, ...one.conflicts.samples],
    notes: [...one.notes, ...table.notes],
  }
}

const withoutKeys = (kept: UndoCopy): string[] =>
  kept.tables
    .filter(({ key }) => key === null)
    .map(
      ({ table }) =>
        `${table} has no key, and the operation was undone before: its rows cannot be told from those that came back then.`,
    )

const firesNote = /^The trigger “(.+)” fires/

/** What triggers did in other tables is not among the rows that an operation keeps. */
function notCovered(undone: OperationRow, now: PlanSummary): string[] {
  const then = (undone.plan as { summary?: PlanSummary } | null)?.summary
  const fired = [then, now].flatMap(
    (summary) =>
      summary?.tables.flatMap(({ table, notes }) =>
        notes.flatMap((note) => {
          const trigger = firesNote.exec(note)?.[1]
          return trigger === undefined ? [] : [`“${trigger}” of ${table}`]
        }),
      ) ?? [],
  )
  return [
    ...[...new Set(fired)].map(
      (trigger) => `What the trigger ${trigger} did or does in other tables is not undone.`,
    ),
    'Sequences stay where they are: numbers that were drawn are not drawn again.',
  ]
}
