import { availableParallelism } from 'node:os'
import { sql as drizzleSql, eq } from 'drizzle-orm'
import type postgres from 'postgres'
import { drills } from '#drizzle/schema/backups.ts'
import { isMissing } from '#lib/backups/archives/archive-manifest.ts'
import { checkCopy } from '#lib/backups/copies/check-copy.ts'
import { requireCopies } from '#lib/backups/copies/find-copy.ts'
import { amcheckCopy } from '#lib/backups/drills/amcheck-copy.ts'
import { compareCopy } from '#lib/backups/drills/compare-copy.ts'
import { recordDrill } from '#lib/backups/drills/record-drill.ts'
import { type RestoredArchive, withRestoredArchive } from '#lib/backups/drills/restore-archive.ts'
import { keepForeignContent } from '#lib/backups/foreign/restore-foreign.ts'
import { getDrill } from '#lib/backups/queries.ts'
import { causeOf, isTakenOver, recordedError } from '#lib/backups/record-outcome.ts'
import type { Drill, DrillPhase, DrillResult, Verdict } from '#lib/backups/types.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

const keptDifferences = 200
const keptUnchecked = 200
const mostSessions = 8

/** Measures phases as they begin and end, and passes them on to the job. */
function timePhases(scope: JobScope): { timed: JobScope; phases: DrillPhase[]; end(): void } {
  const phases: DrillPhase[] = []
  let begunAt = 0
  const end = () => {
    const last = phases.at(-1)
    if (last && begunAt > 0) last.durationMs = Math.round(performance.now() - begunAt)
    begunAt = 0
  }
  return {
    phases,
    end,
    timed: {
      ...scope,
      async phase(name, total) {
        end()
        phases.push({ name, durationMs: 0 })
        begunAt = performance.now()
        await scope.phase(name, total)
      },
    },
  }
}

/** Facts of the copy, read by as many sessions as there are cores, all in one snapshot. */
async function readScratchFacts(scope: JobScope, url: string): Promise<Facts> {
  const helpers = Math.max(Math.min(availableParallelism(), mostSessions) - 1, 0)
  const session = connectToUrl(url, 'backup', { purpose: 'drill facts', maxConnections: helpers + 1 })
  const isolation = 'isolation level repeatable read read only'
  /** Opens the helpers one within the other, so that all of them end when the innermost work does. */
  const withHelpers = async (
    first: postgres.TransactionSql,
    snapshot: string,
    others: postgres.TransactionSql[],
  ): Promise<Facts> => {
    if (others.length === helpers)
      return readFacts(first, {
        signal: scope.signal,
        helpers: others,
        onProgress: (_tables, _of, done, total) => scope.progress(done, total),
      })
    return (await session.begin(isolation, async (helper) => {
      await helper.unsafe(`set transaction snapshot '${snapshot}'`)
      return withHelpers(first, snapshot, [...others, helper])
    })) as Facts
  }
  try {
    return (await session.begin(isolation, async (first) => {
      const [row] = await first.unsafe<[{ id: string }]>('select pg_export_snapshot() as id')
      return withHelpers(first, row.id, [])
    })) as Facts
  } finally {
    await session.end({ timeout: 5 })
  }
}

/** Only what is known to be the archive's own fault fails it; anything else says that it could not be verified. */
const verdictOf = (error: unknown): Verdict =>
  error instanceof AppError && (error.code === 'archive-damaged' || error.code === 'restore-failed')
    ? 'failed'
    : 'inconclusive'

/** What is looked at besides the facts. That it could not be looked at is told, and decides nothing. */
async function lookFurther(
  scope: JobScope,
  result: DrillResult,
  what: string,
  look: () => Promise<void>,
): Promise<void> {
  try {
    await look()
  } catch (error) {
    scope.signal.throwIfAborted()
    result.unchecked.push({ what, why: messageOf(error), hint: null })
  }
}

/** Nobody took facts of its source, so there is nothing to demand: what the copy holds is kept for people to see. */
async function lookAtForeign(scope: JobScope, drill: Drill, found: Facts, result: DrillResult) {
  await keepForeignContent(scope.ctx, drill.backupId, found)
  result.unchecked.push({
    what: 'whether it holds what its source held',
    why: 'Others made this archive, and no facts were taken of its source at that moment.',
    hint: 'Let Holdfast take archives too: those are proven.',
  })
  return { differences: [], excuse: null }
}

async function judgeCopy(
  scope: JobScope,
  drill: Drill,
  { url, place, manifest, unchecked, uncomputed, isForeign }: RestoredArchive,
  result: DrillResult,
): Promise<void> {
  result.serverVersion = place.serverVersion
  result.unchecked.push(...unchecked.map(({ what, why, hint }) => ({ what, why, hint })))
  await scope.phase('facts', manifest.facts.tables.length)
  const found = await readScratchFacts(scope, url)
  failPoint('drills.after-facts')
  await scope.phase('compare')
  const compared = isForeign
    ? await lookAtForeign(scope, drill, found, result)
    : await compareCopy(manifest, found, { place, uncomputed })
  result.differences = compared.differences.slice(0, keptDifferences)
  result.error = compared.excuse
  result.recoveryMs = Math.round(performance.now() - result.startedAt)

  await lookFurther(scope, result, 'health checks', async () => {
    await scope.phase('checks')
    const copy = { targetId: drill.targetId, takenAt: new Date(manifest.takenAt), url }
    const checked = await checkCopy(scope, copy)
    result.checks = checked.checks
    result.unchecked.push(...checked.unchecked)
  })
  await lookFurther(scope, result, 'tables and indexes with amcheck', async () => {
    await scope.phase('amcheck')
    const checked = await amcheckCopy(scope, url)
    result.differences.push(...checked.broken.slice(0, keptDifferences))
    result.unchecked.push(...checked.unchecked)
  })
  result.unchecked.splice(keptUnchecked)
  if (compared.excuse) result.verdict = 'inconclusive'
  else result.verdict = result.differences.length === 0 ? 'passed' : 'failed'
  result.verification = result.verdict === 'passed' && !isForeign ? 'facts-proven' : 'restored'
}

/** Restores from the first copy whose store answers; `storeName` leaves no choice. */
async function restoreFirst(
  scope: JobScope,
  drill: Drill,
  storeName: string | undefined,
  result: DrillResult,
  onCleanUp: () => Promise<void>,
): Promise<void> {
  const copies = await requireCopies(scope.ctx.db, drill.backupId, storeName)
  for (const [i, copy] of copies.entries()) {
    result.copyId = copy.id
    result.storeName = copy.storeName
    try {
      const options = { storeName: copy.storeName, onCleanUp }
      await withRestoredArchive(
        scope,
        drill.backupId,
        (restored) => judgeCopy(scope, drill, restored, result),
        options,
      )
      return
    } catch (error) {
      const isUnreachable = error instanceof AppError && error.code === 'store-unreachable'
      if (!isUnreachable || i === copies.length - 1 || result.recoveryMs !== null) throw error
      result.unchecked.push({
        what: `the copy in ${copy.storeName}`,
        why: error.message,
        hint: error.hint,
      })
    }
  }
}

/**
 * Restores an archive into a scratch database and demands that its facts equal those taken with the dump and that its
 * indexes are intact; runs the target's health checks on it. Records the verdict, the measured recovery time and what it
 * means for the copy and the backup. Safe to repeat after a crash.
 */
export async function runDrill(
  scope: JobScope,
  { drillId, storeName }: { drillId: string; storeName?: string },
): Promise<DrillResult> {
  const { db } = scope.ctx
  const drill = await getDrill(db, drillId)
  await db
    .update(drills)
    .set({ status: 'running', startedAt: drizzleSql`now()` })
    .where(eq(drills.id, drillId))
  await announceChanges(db, ['drills'])

  const { timed, phases, end } = timePhases(scope)
  const result: DrillResult = {
    drillId,
    backupId: drill.backupId,
    copyId: drill.copyId,
    storeName: storeName ?? null,
    verdict: 'inconclusive',
    verification: null,
    phases,
    startedAt: performance.now(),
    recoveryMs: null,
    differences: [],
    checks: [],
    unchecked: [],
    serverVersion: null,
    error: null,
    isMissing: false,
  }
  const onCleanUp = () => timed.phase('clean up').catch(() => {})
  try {
    await restoreFirst(timed, drill, storeName, result, onCleanUp)
    end()
  } catch (error) {
    const cause = causeOf(scope, error)
    if (isTakenOver(cause)) throw cause
    end()
    // A verdict that was reached stands, also when cleaning up failed after it.
    if (result.verification === null) {
      result.verdict = verdictOf(cause)
      result.isMissing = isMissing(cause)
      result.verification = result.verdict === 'failed' ? 'listed' : null
    }
    result.error ??= recordedError(cause)
    await recordDrill(scope, drill, result)
    if (scope.signal.aborted) throw cause
    return result
  }
  await scope.assertHeld()
  await recordDrill(scope, drill, result)
  return result
}
