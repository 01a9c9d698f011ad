import { AppError } from '#lib/errors.ts'
import type { Operation, PlanSummary, RunScope } from '#lib/operations/types.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { parseTable, quoteTable } from '#lib/sql/identifier.ts'

/**
 * Proves a committed restore from outside its transaction: it wrote as many rows as were promised, the tables can be
 * read, and no sequence would give a number that is taken. Throws AppError `promise-broken`.
 */
export async function verifyRestore(
  { session }: Omit<RunScope, 'assertSamePlan' | 'leaveMarker'>,
  operation: Operation,
  result: RestoreResult,
): Promise<void> {
  const promised = (operation.plan as { summary: PlanSummary } | null)?.summary.promisedRows ?? 0
  const broken = (message: string) => new AppError('promise-broken', message)
  const written = result.tables.reduce(
    (sum, table) => sum + table.inserted + table.updated + table.deleted,
    0,
  )
  if (written !== promised || result.writtenRows !== promised)
    throw broken(`${promised} rows were promised, ${written} written.`)
  for (const { sequence, to } of result.sequences) {
    const [row] = await session.sql.unsafe<{ last: string }[]>(
      `select last_value::text as last from ${quoteTable(parseTable(sequence)!)}`,
    )
    // Others draw numbers meanwhile; it only must not be where it was.
    if (row!.last === to) continue
    const [moved] = await session.sql.unsafe<{ behind: boolean }[]>(
      `select ($1::numeric < $2::numeric) = (s.seqincrement > 0) as behind from pg_sequence s where s.seqrelid = $3::regclass`,
      [row!.last, to, quoteTable(parseTable(sequence)!)],
    )
    if (moved?.behind) throw broken(`The sequence ${sequence} stands at ${row!.last}, before ${to}.`)
  }
  for (const { table } of result.tables)
    await session.sql.unsafe(`select from ${quoteTable(parseTable(table)!)} limit 1`)
}
