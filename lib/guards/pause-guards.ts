import type postgres from 'postgres'

/**
 * Lets this transaction, and no other, delete beyond the budgets for an approved operation. It ends with the
 * transaction, so a crash leaves nothing switched off; what it deletes is still journaled. Does nothing where no guard is
 * installed. Needs the guard owner's or the restore role's rights.
 */
export async function pauseGuards(transaction: postgres.TransactionSql, operationId: string): Promise<void> {
  const [known] = await transaction<
    [{ present: boolean }]
  >`select to_regprocedure('holdfast.open_permit(text)') is not null as present`
  if (known.present) await transaction`select holdfast.open_permit(${operationId})`
}
