import { withRestoredArchive } from '#lib/backups/drills/restore-archive.ts'
import { listBackups } from '#lib/backups/queries.ts'
import { takeBackupNow } from '#lib/backups/take-backup-now.ts'
import { measureBlastRadius } from '#lib/deployments/blast-radius.ts'
import { measureConstraintImpact } from '#lib/deployments/constraint-impact.ts'
import { formatEffect, listLosses } from '#lib/deployments/judge-rehearsal.ts'
import type { ParsedMigration } from '#lib/deployments/parse-migration.ts'
import type { StepOutcome, StepRecorder } from '#lib/deployments/record-steps.ts'
import { type Rehearsal, rehearseMigration } from '#lib/deployments/rehearse.ts'
import { runHealth } from '#lib/health/run-health.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { parseTable } from '#lib/sql/identifier.ts'
import { listTables, pickTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'

const countTimeoutMs = 60_000

const firstLine = (statement: string): string => statement.split('\n')[0]!.slice(0, 160)

/** Whether every statement may be rehearsed at all. */
export function readStatements(migration: ParsedMigration, rollback: ParsedMigration | null): StepOutcome {
  const forbidden = [...migration.forbidden, ...(rollback?.forbidden ?? [])]
  const evidence = migration.statements.map(firstLine)
  if (forbidden.length > 0) {
    return {
      status: 'failed',
      details: `${forbidden.length} of the statements cannot be rehearsed on a copy.`,
      evidence: forbidden.map(({ statement, why }) => `${firstLine(statement)}: ${why}`),
    }
  }
  if (migration.statements.length === 0)
    return { status: 'failed', details: 'The migration has no statement.' }
  const count = `${migration.statements.length} statement${migration.statements.length === 1 ? '' : 's'}`
  return rollback
    ? { status: 'passed', details: `${count}, with a rollback of ${rollback.statements.length}.`, evidence }
    : { status: 'warning', details: `${count}, and no rollback was given.`, evidence }
}

/** What the migration would take away from the live database now. Any loss fails the step. */
export async function measureLive(
  scope: JobScope,
  targetId: string,
  migration: ParsedMigration,
): Promise<StepOutcome> {
  if (migration.destructions.length === 0) {
    return { status: 'passed', details: 'Nothing in it deletes, drops, truncates or overwrites.' }
  }
  const measured = await withTarget(
    scope.ctx,
    targetId,
    'watch',
    { purpose: 'blast-radius', statementTimeoutMs: countTimeoutMs },
    async ({ sql }) => measureBlastRadius(sql, await listTables(sql), migration.destructions),
  )
  const evidence = measured.map(({ sentence }) => sentence)
  const destroyed = measured.filter((each) => each.destroyed !== null && each.destroyed > 0)
  if (destroyed.length > 0) {
    return { status: 'failed', details: destroyed.map(({ sentence }) => sentence).join(' '), evidence }
  }
  const open = measured.some((each) => each.destroyed === null)
  return {
    status: open ? 'warning' : 'passed',
    details: open
      ? 'It rewrites or deletes rows; the rehearsal shows which.'
      : 'What it drops holds nothing now.',
    evidence,
  }
}

/** How many live rows the proposed CHECK would refuse. One is enough for PostgreSQL to refuse the constraint. */
export async function weighConstraint(
  scope: JobScope,
  targetId: string,
  constraint: { table: string; expression: string },
): Promise<StepOutcome> {
  const impact = await withTarget(
    scope.ctx,
    targetId,
    'watch',
    { purpose: 'constraint-impact', statementTimeoutMs: countTimeoutMs },
    async ({ sql }) => {
      const [table] = pickTables(await listTables(sql), [parseTable(constraint.table)!])
      return measureConstraintImpact(sql, table!, constraint.expression)
    },
  )
  const of = `${impact.violations} of ${impact.rows} rows`
  return impact.violations === 0
    ? { status: 'passed', details: `None of ${impact.rows} rows violates it.` }
    : {
        status: 'failed',
        details: `${of} violate it: adding it fails, or, NOT VALID, every later write to those rows does.`,
        evidence: impact.samples.map((key) => `violates: ${key}`),
      }
}

/** A change is not shipped onto a system that is already ill: anything CRITICAL, or a check that did not run, fails. */
export async function readHealth(scope: JobScope): Promise<StepOutcome> {
  const { findings } = await runHealth(scope)
  const ill = findings.filter(({ status, severity }) => status === 'unhealthy' && severity !== 'INFO')
  const grave = ill.filter(({ severity }) => severity === 'CRITICAL' || severity === 'EMERGENCY')
  const silent = findings.filter(({ status }) => status === 'no-data')
  const evidence = [...ill, ...silent].map(
    ({ check, severity, details }) => `${severity} ${check}: ${details}`,
  )
  if (grave.length > 0) return { status: 'failed', details: `${grave.length} critical findings.`, evidence }
  if (ill.length + silent.length > 0) {
    return {
      status: 'warning',
      details: `${ill.length} warnings, ${silent.length} checks without data.`,
      evidence,
    }
  }
  return { status: 'passed', details: `${findings.length} checks are healthy.` }
}

/** The newest good archive within the promised exposure, or one taken now. */
export async function ensureBackup(
  scope: JobScope,
  targetId: string,
): Promise<{ backupId: string; outcome: StepOutcome }> {
  const { document } = await getPolicy(scope.ctx.db, targetId)
  const oldest = Date.now() - document.objectives.exposureMinutes * 60_000
  const archives = await listBackups(scope.ctx.db, { targetId, kind: 'archive', limit: 20 })
  const fresh = archives.find(
    ({ status, takenAt }) => status === 'good' && takenAt && takenAt.getTime() >= oldest,
  )
  if (!fresh) {
    const taken = await takeBackupNow(scope, { targetId, kind: 'archive', purpose: 'validation' })
    const evidence = [`backup ${taken.backupId}: ${taken.rows} rows in ${taken.tables} tables`]
    return {
      backupId: taken.backupId,
      outcome:
        taken.status === 'good'
          ? { status: 'passed', details: 'An archive was taken for this validation.', evidence }
          : { status: 'failed', details: `The archive taken now is ${taken.status}.`, evidence },
    }
  }
  return {
    backupId: fresh.id,
    outcome: {
      status: 'passed',
      details: `An archive of ${fresh.takenAt!.toISOString()} is at hand, not older than the promised ${document.objectives.exposureMinutes} min.`,
      evidence: [`backup ${fresh.id}`],
    },
  }
}

/** Restores the archive into a scratch database, runs the migration there, and its rollback; records a step for each. */
export async function rehearse(
  scope: JobScope,
  recorder: StepRecorder,
  work: { backupId: string; migration: ParsedMigration; rollback: ParsedMigration | null },
): Promise<void> {
  const done: { rehearsal: Rehearsal | null } = { rehearsal: null }
  await recorder.record('rehearsal-forward', async () => {
    await scope.phase('restore a copy')
    const rehearsal = await withRestoredArchive(scope, work.backupId, ({ url }) =>
      rehearseMigration(url, work.migration, work.rollback, scope),
    )
    done.rehearsal = rehearsal
    return judgeForward(rehearsal)
  })
  const { rollback } = work
  if (!rollback) return
  await recorder.record('rehearsal-rollback', async () => judgeRollback(done.rehearsal))
}

function judgeForward({ forward, effects }: Rehearsal): StepOutcome {
  const evidence = effects.map(formatEffect)
  if (forward.error) {
    return {
      status: 'failed',
      details: `Fails on the copy: ${forward.error.message}`,
      evidence: [firstLine(forward.error.statement)],
    }
  }
  const losses = listLosses(effects)
  if (losses.length > 0) return { status: 'failed', details: `Loses data: ${losses.join('; ')}.`, evidence }
  const took = `${(forward.durationMs / 1000).toFixed(1)} s`
  const rewritten = effects.filter((effect) => effect.contentChanged)
  return rewritten.length > 0
    ? {
        status: 'warning',
        details: `Ran in ${took}; rewrites the content of ${rewritten.map(({ table }) => table).join(', ')}.`,
        evidence,
      }
    : { status: 'passed', details: `Ran in ${took} on a restored copy and lost nothing.`, evidence }
}

function judgeRollback(rehearsal: Rehearsal | null): StepOutcome {
  const rollback = rehearsal?.rollback
  if (!rollback)
    return { status: 'not-run', details: 'The way forward failed, so the way back was not tried.' }
  if (rollback.error) {
    return {
      status: 'failed',
      details: `The rollback fails: ${rollback.error.message}`,
      evidence: [firstLine(rollback.error.statement)],
    }
  }
  // Sequences never go back, neither here nor in production.
  const differences = rollback.differences.filter(({ kind }) => kind !== 'sequence')
  return differences.length === 0
    ? { status: 'passed', details: 'The rollback brings back exactly what was there before.' }
    : {
        status: 'failed',
        details: `After the rollback ${differences.length} things differ from before.`,
        evidence: differences.map(
          ({ subject, kind, expected, found }) => `${subject} (${kind}): ${expected} → ${found}`,
        ),
      }
}
