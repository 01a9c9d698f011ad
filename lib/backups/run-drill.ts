import { sql as drizzleSql, eq } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { getDrill } from '#lib/backups/queries.ts'
import { causeOf, isTakenOver, recordedError } from '#lib/backups/record-outcome.ts'
import { withRestoredArchive } from '#lib/backups/restore-archive.ts'
import type { Drill, DrillPhase, RecordedError, Verdict, Verification } from '#lib/backups/types.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError } from '#lib/errors.ts'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Difference, Facts } from '#lib/facts/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

export interface DrillResult {
  drillId: string
  backupId: string
  verdict: Verdict
  verification: Verification | null
  phases: DrillPhase[]
  recoveryMs: number | null
  differences: Difference[]
  error: RecordedError | null
}

const keptDifferences = 200

/** Measures phases as they begin and end, and passes them on to the job. */
function timePhases(scope: JobScope): { timed: JobScope; phases: DrillPhase[]; end(): void } {
  const phases: DrillPhase[] = []
  let begunAt = 0
  const end = () => {
    const last = phases.at(-1)
    if (last && begunAt > 0) last.durationMs = Date.now() - begunAt
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
        begunAt = Date.now()
        await scope.phase(name, total)
      },
    },
  }
}

async function readScratchFacts(scope: JobScope, url: string): Promise<Facts> {
  const session = connectToUrl(url, 'backup', { purpose: 'drill facts' })
  try {
    return (await session.begin('isolation level repeatable read read only', (transaction) =>
      readFacts(transaction, {
        signal: scope.signal,
        onProgress: (done, total) => scope.progress(done, total),
      }),
    )) as Facts
  } finally {
    await session.end({ timeout: 5 })
  }
}

/** Only what is known to be the archive's own fault fails it; anything else says that it could not be verified. */
const verdictOf = (error: unknown): Verdict =>
  error instanceof AppError && (error.code === 'archive-damaged' || error.code === 'restore-failed')
    ? 'failed'
    : 'inconclusive'

/** What a verdict means for the backup's own record; an inconclusive one means nothing. */
function backupValues(result: DrillResult) {
  if (result.verdict === 'passed') return { verification: 'facts-proven' as const, verifiedAt: new Date() }
  if (result.verdict === 'inconclusive') return null
  const error: RecordedError = result.error ?? {
    code: 'drill-failed',
    message: `A drill found ${result.differences.length} differences from its facts.`,
    hint: 'Do not rely on it. Take a new archive and drill that.',
  }
  const status = error.code === 'archive-damaged' ? ('failed' as const) : ('suspicious' as const)
  return { status, error, verification: result.verification, verifiedAt: new Date() }
}

async function recordDrill(scope: JobScope, drill: Drill, result: DrillResult): Promise<void> {
  const { verdict, phases, recoveryMs, differences, error } = result
  await scope.ctx.db.transaction(async (tx) => {
    await tx
      .update(drills)
      .set({
        status: 'finished',
        verdict,
        phases,
        recoveryMs,
        differences,
        error,
        finishedAt: drizzleSql`now()`,
      })
      .where(eq(drills.id, drill.id))
    const values = backupValues(result)
    if (values) await tx.update(backups).set(values).where(eq(backups.id, drill.backupId))
    await announceChanges(tx, ['drills', 'backups', 'audit'])
    await appendAudit(tx, {
      actor: formatActor(scope.ctx.actor),
      action: 'drills.run',
      outcome: verdict === 'passed' ? 'done' : 'failed',
      subject: `drill:${drill.id}`,
      target: drill.targetName,
      reason: error?.message ?? null,
      detail: { backupId: drill.backupId, verdict, recoveryMs, differences: differences.length },
    })
  })
}

/**
 * Restores an archive into a scratch database and demands that its facts equal those taken with the dump. Records the
 * verdict, the measured recovery time and what it means for the backup. Safe to repeat after a crash.
 */
export async function runDrill(scope: JobScope, { drillId }: { drillId: string }): Promise<DrillResult> {
  const { db } = scope.ctx
  const drill = await getDrill(db, drillId)
  await db
    .update(drills)
    .set({ status: 'running', startedAt: drizzleSql`now()` })
    .where(eq(drills.id, drillId))
  await announceChanges(db, ['drills'])

  const { timed, phases, end } = timePhases(scope)
  const startedAt = Date.now()
  const result: DrillResult = {
    drillId,
    backupId: drill.backupId,
    verdict: 'inconclusive',
    verification: null,
    phases,
    recoveryMs: null,
    differences: [],
    error: null,
  }
  try {
    await withRestoredArchive(timed, drill.backupId, async ({ url, manifest }) => {
      await timed.phase('facts', manifest.facts.tables.length)
      const found = await readScratchFacts(timed, url)
      await timed.phase('compare')
      const differences = compareFacts(manifest.facts, found, {
        definitions: 'reloaded',
        sequencesUpTo: manifest.sequencesUpTo,
      })
      end()
      result.recoveryMs = Date.now() - startedAt
      result.verdict = differences.length === 0 ? 'passed' : 'failed'
      result.verification = differences.length === 0 ? 'facts-proven' : 'restored'
      result.differences = differences.slice(0, keptDifferences)
    })
  } catch (error) {
    const cause = causeOf(scope, error)
    if (isTakenOver(cause)) throw cause
    end()
    result.error = recordedError(cause)
    // A verdict that was reached stands, also when cleaning up failed after it.
    if (result.recoveryMs === null) result.verdict = verdictOf(cause)
    await recordDrill(scope, drill, result)
    if (scope.signal.aborted) throw cause
    return result
  }
  await scope.assertHeld()
  await recordDrill(scope, drill, result)
  return result
}
