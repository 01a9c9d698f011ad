import { and, desc, eq, sql } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { JobPhase } from '#lib/jobs/types.ts'

/** What a run before this one took. */
export interface PastRun {
  rows: number
  /** Opening the source, comparing, waiting: does not grow with the rows that are written. */
  readMs: number
  /** Copying for safety, writing, proving. */
  writeMs: number
}

const writingPhases = ['safety copy', 'write', 'copy', 'prove']
const mostRuns = 5
/** Measured at 25,000 to 60,000 rows a second on two shared cores; the slower one promises less. */
const slowRowsPerSecond = 20_000
/** Below, a run's time says little of how many rows a second it wrote. */
const tellingRows = 10_000

/** The runs of this kind in this target that did what was asked, newest first. */
export async function listPastRuns(
  db: DbOrTx,
  { targetId, kind, into }: { targetId: string; kind: string; into?: 'copy' | 'place' },
): Promise<PastRun[]> {
  const runs = await db
    .select({
      rows: sql<number | null>`(${operations.result} ->> 'writtenRows')::float8`,
      phases: jobRuns.phases,
    })
    .from(operations)
    .innerJoin(jobRuns, eq(jobRuns.id, operations.runJobRunId))
    .where(
      and(
        eq(operations.targetId, targetId),
        eq(operations.kind, kind),
        eq(operations.status, 'succeeded'),
        into ? sql`${operations.request} ->> 'into' = ${into}` : undefined,
        sql`(${operations.result} ->> 'writtenRows')::float8 > 0`,
      ),
    )
    .orderBy(desc(operations.finishedAt))
    .limit(50)
  return runs.map(({ rows, phases }) => {
    const took = (phases as JobPhase[]).map(({ name, durationMs }) => ({ name, ms: durationMs ?? 0 }))
    const sum = (writes: boolean) =>
      took.filter(({ name }) => writingPhases.includes(name) === writes).reduce((all, { ms }) => all + ms, 0)
    return { rows: rows!, readMs: sum(false), writeMs: sum(true) }
  })
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * How long a run will take: as long as the runs before it that wrote about as many rows; without any, from the time that
 * the plan itself took to read the same. Pure.
 */
export function estimateRun(
  rows: number,
  planMs: number,
  past: readonly PastRun[],
): { estimateMs: number; estimateFrom: string } {
  const telling = past.filter((run) => run.rows >= tellingRows && run.writeMs > 0)
  const rowsPerMs =
    telling.length > 0 ? median(telling.map((run) => run.rows / run.writeMs)) : slowRowsPerSecond / 1000
  const away = (run: PastRun) => Math.abs(Math.log((run.rows + 1) / (rows + 1)))
  const alike = [...past].sort((a, b) => away(a) - away(b)).slice(0, mostRuns)
  if (alike.length === 0) {
    return {
      // The run reads everything once more and keeps what it overwrites.
      estimateMs: Math.ceil(planMs * 2 + rows / rowsPerMs),
      estimateFrom: 'no run before it; from the plan’s own time',
    }
  }
  const writeMs = alike.map((run) =>
    run.rows >= rows ? (run.writeMs * rows) / run.rows : run.writeMs + (rows - run.rows) / rowsPerMs,
  )
  return {
    estimateMs: Math.ceil(Math.max(planMs, median(alike.map((run) => run.readMs))) + median(writeMs)),
    estimateFrom: `like ${alike.length === 1 ? '1 run' : `${alike.length} runs`} before`,
  }
}
