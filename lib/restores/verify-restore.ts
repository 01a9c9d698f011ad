import { AppError, messageOf } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import type { Operation, PlanSummary, VerifyScope } from '#lib/operations/types.ts'
import { checkGuards } from '#lib/restores/check-guards.ts'
import { measureRows } from '#lib/restores/copies/select-rows.ts'
import type { RestoredCopy, RestoreResult } from '#lib/restores/types.ts'
import { readColumns } from '#lib/rows/stage-rows.ts'
import { tableOf } from '#lib/sql/fragment.ts'
import { parseTable, quoteTable } from '#lib/sql/identifier.ts'

const broken = (message: string, hint?: string): AppError =>
  new AppError('promise-broken', message, hint ? { hint } : {})

/**
 * Proves a committed restore from outside its transaction: it wrote as many rows as were promised and no others, the
 * tables can be read, no sequence would give a number that is taken, and the guards of the touched tables stand. Asks for a
 * health run and names it in the result. Throws AppError `promise-broken`. Safe to repeat.
 */
export async function verifyRestore(
  scope: VerifyScope,
  operation: Operation,
  result: RestoreResult,
): Promise<RestoreResult> {
  const promised = (operation.plan as { summary: PlanSummary } | null)?.summary.promisedRows ?? 0
  if (result.copy) return proveCopies(scope, result, result.copy, promised)
  assertCounts(result, promised)
  await assertSequences(scope, result)
  for (const { table } of result.tables)
    await scope.session.sql.unsafe(`select from ${quoteTable(parseTable(table)!)} limit 1`)
  if (result.tables.length === 0) return result
  const { guards, lost } = await checkGuards(
    scope,
    operation.id,
    result.tables.map(({ table }) => table),
  )
  if (lost.length > 0)
    throw broken(
      lost
        .map(
          ({ table, problems }) =>
            `The guard of ${table} stood before and does not now. ${problems.join(' ')}`,
        )
        .join(' '),
      'The rows are written and not guarded. Install the guards again: holdfast guards install NAME',
    )
  return { ...result, guards, ...(await askForHealth(scope, operation)) }
}

/** Facts against the promise: while the tables were locked, nobody else's rows came or went. */
function assertCounts(result: RestoreResult, promised: number): void {
  const written = result.tables.reduce(
    (sum, table) => sum + table.inserted + table.updated + table.deleted,
    0,
  )
  if (written !== promised || result.writtenRows !== promised)
    throw broken(`${promised} rows were promised, ${written} written.`)
  for (const { table, inserted, deleted } of result.tables) {
    const proof = result.proof.find((one) => one.table === table)
    if (!proof || proof.rowsBefore + inserted - deleted !== proof.rowsAfter)
      throw broken(
        `${table} had ${proof?.rowsBefore ?? 'unknown'} rows, ${inserted} came and ${deleted} went, and it has ${proof?.rowsAfter ?? 'unknown'}.`,
      )
  }
}

async function assertSequences({ session }: VerifyScope, { sequences }: RestoreResult): Promise<void> {
  for (const { sequence, to } of sequences) {
    const name = quoteTable(parseTable(sequence)!)
    const [row] = await session.sql.unsafe<{ last: string }[]>(`select last_value::text as last from ${name}`)
    // Others draw numbers meanwhile; it only must not be where it was.
    if (row!.last === to) continue
    const [moved] = await session.sql.unsafe<{ behind: boolean }[]>(
      `select ($1::numeric < $2::numeric) = (s.seqincrement > 0) as behind from pg_sequence s where s.seqrelid = $3::regclass`,
      [row!.last, to, name],
    )
    if (moved?.behind) throw broken(`The sequence ${sequence} stands at ${row!.last}, before ${to}.`)
  }
}

/** Reads the copies back as they were committed. */
async function proveCopies(
  { session, job }: VerifyScope,
  result: RestoreResult,
  { tables }: RestoredCopy,
  promised: number,
): Promise<RestoreResult> {
  const copied = tables.reduce((sum, { rows }) => sum + rows, 0)
  if (copied !== promised || result.writtenRows !== promised)
    throw broken(`${promised} rows were promised, ${copied} copied.`)
  await session.sql.begin('isolation level repeatable read', async (sql) => {
    for (const { copy, rows, checksum } of tables) {
      const relation = parseTable(copy)!
      const columns = (await readColumns(sql, relation)).map(({ name }) => name)
      const found = await measureRows({ sql, signal: job.signal }, columns, tableOf(relation))
      if (found.rows !== rows || found.checksum !== checksum)
        throw broken(`${copy} is not what was copied: ${found.rows} of ${rows} rows, or other values.`)
    }
  })
  return result
}

/** The worker runs the checks; that nobody can be asked does not make the restore less proven. */
async function askForHealth(
  { ctx, session }: VerifyScope,
  operation: Operation,
): Promise<Pick<RestoreResult, 'healthJobRunId' | 'healthProblem'>> {
  try {
    const outcome = await requestHealth(ctx, { targetId: session.target.id })
    return outcome.ok ? { healthJobRunId: outcome.value.jobRunId } : { healthProblem: outcome.refusal.reason }
  } catch (error) {
    return { healthProblem: `No health run could be filed after ${operation.kind}: ${messageOf(error)}` }
  }
}
