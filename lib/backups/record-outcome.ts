import { eq, sql } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import type { Backup, RecordedError } from '#lib/backups/types.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'

type Values = Partial<typeof backups.$inferInsert>

/** The form in which a failure is kept with a record. */
export const recordedError = (error: unknown): RecordedError =>
  error instanceof AppError
    ? { code: error.code, message: error.message, hint: error.hint }
    : { code: 'failed', message: messageOf(error), hint: null }

/** What stopped the work: a lost lease or a cancellation explains itself better than the error it led to. */
export const causeOf = (scope: JobScope, error: unknown): unknown =>
  scope.signal.aborted ? scope.signal.reason : error

/** True when another worker has taken the work over: then nothing may be written any more. */
export const isTakenOver = (cause: unknown): boolean =>
  cause instanceof AppError && cause.code === 'lease-lost'

/** Writes what became of a backup to its record and to the audit, in one transaction. */
export async function recordOutcome(
  scope: JobScope,
  backup: Pick<Backup, 'id' | 'targetName' | 'kind'>,
  action: 'backups.take' | 'backups.verify',
  outcome: {
    values: Values
    error: RecordedError | null
    detail?: Record<string, unknown> /** More to write in the same transaction. */
    also?(tx: DbOrTx): Promise<void>
  },
): Promise<void> {
  await scope.ctx.db.transaction(async (tx) => {
    const values = { ...outcome.values, ...(action === 'backups.take' ? { finishedAt: sql`now()` } : {}) }
    // A verification that could not look says nothing about the backup.
    if (Object.keys(values).length > 0) await tx.update(backups).set(values).where(eq(backups.id, backup.id))
    await outcome.also?.(tx)
    await announceChanges(tx, ['backups', 'audit'])
    await appendAudit(tx, {
      actor: formatActor(scope.ctx.actor),
      action,
      outcome: outcome.error && outcome.error.code !== 'suspicious' ? 'failed' : 'done',
      subject: `backup:${backup.id}`,
      target: backup.targetName,
      reason: outcome.error?.message ?? null,
      detail: { kind: backup.kind, ...outcome.detail },
    })
  })
}
