import type { OperationRow } from '#lib/operations/move-operation.ts'
import type { PlannedOperation } from '#lib/operations/types.ts'
import { momentText } from '#lib/restores/moment.ts'
import { inRolledBack } from '#lib/restores/plan-restore.ts'
import { plural } from '#lib/restores/summarize-plan.ts'
import type { RestoredCopy } from '#lib/restores/types.ts'
import type { UndoPlan } from '#lib/restores/undo/plan-undo.ts'
import { copyIdentity, dropRestoredTables } from '#lib/restores/undo/remove-restored-copy.ts'
import type { TargetSession } from '#lib/targets/types.ts'

/** The undo of a restore beside the originals: its tables go, in a transaction that is rolled back to see whether they can. */
export async function planCopyRemoval(
  { sql, target }: TargetSession,
  undone: OperationRow,
  copy: RestoredCopy,
): Promise<PlannedOperation<UndoPlan>> {
  const statements = await inRolledBack(sql, (transaction) => dropRestoredTables(transaction, copy))
  const rows = copy.tables.reduce((sum, table) => sum + table.rows, 0)
  return {
    plan: {
      undoes: undone.id,
      kept: null,
      mode: 'changed',
      tables: [],
      summary: {
        sentence: `Removes the copy that the restore of ${momentText(undone.startedAt ?? undone.createdAt)} made in ${target.name}: ${plural(copy.tables.length, 'table')} with ${plural(rows, 'row')}.`,
        tables: [],
        statements,
        warnings: [`Whatever was changed in ${copy.schema} goes too; the live tables are not touched.`],
        notCovered: ['Rows that somebody moved from the copy to live tables stay there.'],
        estimateMs: 100,
        promisedRows: 0,
      },
    },
    binding: copyIdentity(undone, copy),
    needsApproval: target.environment === 'production',
  }
}
