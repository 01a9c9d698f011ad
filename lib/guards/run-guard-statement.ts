import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'

const lockNotAvailable = '55P03'
const attempts = 6

/**
 * Runs one statement of a guard plan in a transaction of its own, so that no two tables are ever locked together.
 * Gives up a lock that does not come within two seconds, lets the application pass, and tries again.
 */
export async function runGuardStatement(sql: postgres.Sql, statement: string, by: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await sql.begin(async (transaction) => {
        await transaction`select set_config('lock_timeout', '2s', true)`
        await letThroughOwnGuard(transaction, by)
        await transaction.unsafe(statement)
      })
      return
    } catch (error) {
      if ((error as { code?: string }).code !== lockNotAvailable) throw error
      if (attempt === attempts) {
        throw new AppError(
          'guard-lock',
          'A table stayed locked by other sessions; the guard is not complete.',
          {
            hint: 'Repeat this when the long transaction has ended; what is done stays done.',
            cause: error,
          },
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 200 * attempt))
    }
  }
}

/** The event triggers refuse every change of the guard, ours included, unless this transaction says who it is. */
async function letThroughOwnGuard(transaction: postgres.TransactionSql, by: string): Promise<void> {
  const [known] = await transaction<
    [{ present: boolean }]
  >`select to_regprocedure('holdfast.open_permit(text)') is not null as present`
  if (known.present) await transaction`select holdfast.open_permit(${by})`
}
