import { AppError, messageOf } from '#lib/errors.ts'
import { noData } from '#lib/health/judgement.ts'
import type { Judgement, PlannedCheck } from '#lib/health/types.ts'

/** What a check that PostgreSQL refused or stopped becomes: no data, with the grant or the step that helps. */
export function explainFailure(
  error: unknown,
  roleName: string,
  targetName: string,
  { question, whenSlow }: Pick<PlannedCheck, 'question' | 'whenSlow'> = {},
): Judgement {
  const code = (error as { code?: string }).code ?? ''
  const message = messageOf(error)
  if (code === '42501' && /row-level security/.test(message)) {
    return noData(`Not run: ${message}.`, `alter role ${roleName} bypassrls;`)
  }
  if (code === '42501') return noData(`Not run: ${message}.`, `grant pg_read_all_data to ${roleName};`)
  if (code === '57014') {
    return noData(
      'Not run: it took longer than the time allowed to a check.',
      whenSlow ?? 'Add an index on the columns it compares, or take the check out of the policy.',
    )
  }
  if (code === '55P03') {
    return noData(
      'Not run: a table is locked by another session.',
      'See what holds it: select * from pg_locks where not granted;',
    )
  }
  if (error instanceof AppError) return noData(`Not run: ${message}`, error.hint)
  if (question)
    return noData(
      `Not run: ${message}.`,
      `Correct the statement in the policy; try it before: holdfast health try ${targetName} FILE`,
    )
  // 42: something named is not there; 22: a value of the policy is none of the column's type.
  if (/^(22|42)/.test(code)) {
    return noData(
      `Not run: ${message}.`,
      `The policy does not fit the database any more: holdfast policy show ${targetName}`,
    )
  }
  return noData(`Not run: ${message}`, null)
}
