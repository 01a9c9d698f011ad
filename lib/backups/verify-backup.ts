import { eq } from 'drizzle-orm'
import { backupCopies } from '#drizzle/schema/backups.ts'
import { isMissing } from '#lib/backups/archives/archive-manifest.ts'
import { checkArchive } from '#lib/backups/archives/check-archive.ts'
import { listPresentCopies, type PresentCopy, requireCopies } from '#lib/backups/copies/find-copy.ts'
import { explainFailure } from '#lib/backups/explain-failure.ts'
import { withPinnedBackup } from '#lib/backups/pin-backup.ts'
import { getBackup, snapshotManifestOf } from '#lib/backups/queries.ts'
import { causeOf, isTakenOver, recordedError, recordOutcome } from '#lib/backups/record-outcome.ts'
import { assertSnapshotIntact } from '#lib/backups/snapshots/check-snapshot.ts'
import type { BackupDetails, RecordedError, Verification } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { withTarget } from '#lib/targets/open-target.ts'

const levels: readonly Verification[] = ['checksum', 'listed', 'restored', 'facts-proven']

/** True for a failure that says the backup itself is bad; any other says that it could not be looked at. */
export const isDamage = (code: string): boolean =>
  ['archive-damaged', 'snapshot-damaged', 'snapshot-gone'].includes(code)

const higher = (a: Verification | null, b: Verification): Verification =>
  a && levels.indexOf(a) > levels.indexOf(b) ? a : b

export interface CheckedCopy {
  store: string
  status: 'good' | 'damaged' | 'missing' | 'unknown'
  error: RecordedError | null
}

export interface VerifyBackupResult {
  backupId: string
  verification: Verification | null
  /** Of an archive: every copy that was looked at. */
  copies: CheckedCopy[]
}

async function checkSnapshot(scope: JobScope, backup: BackupDetails): Promise<void> {
  const manifest = snapshotManifestOf(backup)
  const facts = backup.facts
  if (!facts) throw new Error('a finished snapshot without facts')
  await withTarget(scope.ctx, backup.targetId, 'backup', { purpose: 'verify snapshot' }, ({ sql }) =>
    sql.begin('isolation level repeatable read read only', (transaction) =>
      assertSnapshotIntact(transaction, manifest, facts, scope),
    ),
  )
}

/** Looks at one copy and writes down on its row what it found; what could not be looked at leaves the row as it was. */
async function checkCopy(
  scope: JobScope,
  backup: BackupDetails,
  copy: PresentCopy,
): Promise<{ checked: CheckedCopy; cause: unknown }> {
  const store = copy.storeName
  const record = async (values: Partial<typeof backupCopies.$inferInsert>) => {
    if (copy.id) await scope.ctx.db.update(backupCopies).set(values).where(eq(backupCopies.id, copy.id))
  }
  await scope.phase(`verify ${store}`, backup.sizeBytes ?? undefined)
  try {
    const proven = await checkArchive(scope, backup, store)
    const verification = higher(copy.verification, proven)
    await record({ status: 'good', verification, verifiedAt: new Date(), error: null })
    return { checked: { store, status: 'good', error: null }, cause: null }
  } catch (error) {
    scope.signal.throwIfAborted()
    const cause = explainFailure(error)
    const failure = recordedError(cause)
    if (!isDamage(failure.code)) return { checked: { store, status: 'unknown', error: failure }, cause }
    const status = isMissing(cause) ? ('missing' as const) : ('damaged' as const)
    await record({ status, verification: null, verifiedAt: new Date(), error: failure })
    return { checked: { store, status, error: failure }, cause }
  }
}

/** Names the store when there are several, so that nobody throws away the good copy. */
function inStore(cause: unknown, store: string, isOnly: boolean): unknown {
  if (isOnly || !(cause instanceof AppError)) return cause
  return new AppError(cause.code, `In the store “${store}”: ${cause.message}`, {
    kind: cause.kind,
    hint: cause.hint,
    cause: cause.cause,
  })
}

/** The worst of what was found: damage before what could not be looked at. Null when every copy is good. */
function worstOf(found: { checked: CheckedCopy; cause: unknown }[]): unknown {
  const worst =
    found.find(({ checked }) => checked.status === 'damaged' || checked.status === 'missing') ??
    found.find(({ cause }) => cause !== null)
  return worst ? inStore(worst.cause, worst.checked.store, found.length === 1) : null
}

/** The archive's own record follows its best copy. */
async function archiveValues(scope: JobScope, backup: BackupDetails, worst: unknown) {
  const copies = await listPresentCopies(scope.ctx.db, backup.id)
  const good = copies.filter(({ status }) => status === 'good')
  const failure = worst === null ? null : recordedError(worst)
  const isOld = copies.some(({ id }) => id === null)
  if (good.length === 0 || (isOld && failure !== null)) {
    if (!failure || !isDamage(failure.code)) return {}
    return { status: 'failed' as const, verification: null, verifiedAt: new Date(), error: failure }
  }
  if (isOld) return { verification: higher(backup.verification, 'listed'), verifiedAt: new Date() }
  const verification = good
    .map((copy) => copy.verification)
    .reduce((best, one) => (one ? higher(best, one) : best), null)
  const wasDamaged = backup.status === 'failed' && isDamage(backup.error?.code ?? '')
  return {
    verification,
    verifiedAt: new Date(),
    ...(wasDamaged ? { status: 'good' as const, error: null } : {}),
  }
}

async function verifyArchive(
  scope: JobScope,
  backup: BackupDetails,
  storeName: string | undefined,
): Promise<VerifyBackupResult> {
  const found: { checked: CheckedCopy; cause: unknown }[] = []
  for (const copy of await requireCopies(scope.ctx.db, backup.id, storeName))
    found.push(await checkCopy(scope, backup, copy))
  const copies = found.map(({ checked }) => checked)
  const worst = worstOf(found)
  const values = await archiveValues(scope, backup, worst)
  await recordOutcome(scope, backup, 'backups.verify', {
    values,
    error: worst === null ? null : recordedError(worst),
    detail: { copies: copies.map(({ store, status }) => `${store}: ${status}`) },
  })
  if (worst !== null) throw worst
  return { backupId: backup.id, verification: values.verification ?? backup.verification, copies }
}

async function verifySnapshot(scope: JobScope, backup: BackupDetails): Promise<VerifyBackupResult> {
  await scope.phase('verify')
  try {
    await checkSnapshot(scope, backup)
  } catch (error) {
    const cause = explainFailure(causeOf(scope, error))
    if (isTakenOver(cause)) throw cause
    const failure = recordedError(cause)
    const values = isDamage(failure.code)
      ? { status: 'failed' as const, verification: null, verifiedAt: new Date(), error: failure }
      : {}
    await recordOutcome(scope, backup, 'backups.verify', { values, error: failure })
    throw cause
  }
  const verification = higher(backup.verification, 'checksum')
  // Its database may have lost the target's name and got it back.
  const isBack = backup.status === 'failed' && backup.error?.code === 'snapshot-gone'
  await recordOutcome(scope, backup, 'backups.verify', {
    values: { verification, verifiedAt: new Date(), ...(isBack ? { status: 'good', error: null } : {}) },
    error: null,
    detail: { verification },
  })
  return { backupId: backup.id, verification, copies: [] }
}

/**
 * Looks at every byte of a backup again: each copy of an archive (or the one in the named store) against its signed
 * manifest before any tool opens it, a snapshot against the facts it was taken with. A damaged copy is marked; when no
 * good one is left the backup is failed. Safe to repeat. Throws AppError when anything it looked at is not good.
 */
export async function verifyBackup(
  scope: JobScope,
  { backupId, storeName }: { backupId: string; storeName?: string },
): Promise<VerifyBackupResult> {
  const backup = await getBackup(scope.ctx.db, backupId)
  return withPinnedBackup(scope.ctx, backupId, () =>
    backup.kind === 'archive' ? verifyArchive(scope, backup, storeName) : verifySnapshot(scope, backup),
  )
}
