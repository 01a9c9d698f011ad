import type postgres from 'postgres'
import { messageOf } from '#lib/errors.ts'
import { summarizeRuns } from './judge.ts'

const warmUpRuns = 1
const timedRuns = 9

/** A probe may not hold the target longer than this altogether. */
const budgetMs = 20_000

export interface TimedProbe {
  medianMs: number | null
  p95Ms: number | null
  runs: number
  error: string | null
}

/**
 * Times one probe: a warm-up, then nine runs, in one read-only transaction that is rolled back.
 * The extended protocol takes exactly one statement, so what follows a semicolon is refused, not run.
 */
export async function timeProbe(
  sql: postgres.Sql,
  statement: string,
  signal: AbortSignal,
): Promise<TimedProbe> {
  const runsMs: number[] = []
  const startedAt = performance.now()
  const spent = () => performance.now() - startedAt
  try {
    await sql.begin('read only', async (transaction) => {
      for (let run = 0; run < warmUpRuns + timedRuns; run++) {
        signal.throwIfAborted()
        if (runsMs.length > 0 && spent() > budgetMs) break
        const from = performance.now()
        // `simple` is missing from the driver's types; without it a statement with no parameters goes the simple way.
        await transaction.unsafe(statement, [], { prepare: true, simple: false } as object)
        const tookMs = performance.now() - from
        if (run >= warmUpRuns) runsMs.push(tookMs)
      }
    })
  } catch (error) {
    signal.throwIfAborted()
    return { medianMs: null, p95Ms: null, runs: 0, error: messageOf(error) }
  }
  const summary = summarizeRuns(runsMs)
  return {
    medianMs: summary?.medianMs ?? null,
    p95Ms: summary?.p95Ms ?? null,
    runs: runsMs.length,
    error: null,
  }
}
