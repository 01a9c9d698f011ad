import { and, eq } from 'drizzle-orm'
import { backupCopies } from '#drizzle/schema/backups.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { archiveDamaged, isMissing } from '#lib/backups/archives/archive-manifest.ts'
import { archiveKeysAt, archiveStem, readArchiveKey, stemOf } from '#lib/backups/archives/archive-names.ts'
import { requireKeys } from '#lib/backups/archives/authenticate-archive.ts'
import { removeArchive } from '#lib/backups/archives/remove-archive.ts'
import { listPresentCopies, type PresentCopy } from '#lib/backups/copies/find-copy.ts'
import { transferArchive } from '#lib/backups/copies/transfer-archive.ts'
import { withPinnedBackup } from '#lib/backups/pin-backup.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { causeOf, isTakenOver, recordedError } from '#lib/backups/record-outcome.ts'
import type { Backup } from '#lib/backups/types.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { openStore } from '#lib/stores/open-store.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

type CopyRow = typeof backupCopies.$inferSelect
type CopyValues = Partial<typeof backupCopies.$inferInsert>

interface Work {
  scope: JobScope
  backup: Backup
  store: ArchiveStore
}

const isCopy = ({ backup, store }: Work) =>
  and(eq(backupCopies.backupId, backup.id), eq(backupCopies.storeId, store.id))

/** What the copy was before this work began, also when an earlier attempt at it was killed. */
const stateBefore = (row: CopyRow | undefined): 'damaged' | 'missing' | null => {
  if (row?.status === 'damaged' || row?.status === 'missing') return row.status
  const code = (row?.error as { code?: string } | null)?.code
  if (row?.status !== 'writing' || !code) return null
  return code === 'copy-missing' ? 'missing' : 'damaged'
}

/**
 * The first name that nothing in the store has: what lies there stays as it is until the new copy is proven. A later attempt
 * begins higher, so that one who lost the work disturbs nobody.
 */
async function chooseStem({ scope, backup, store }: Work): Promise<string> {
  const taken = new Set<string>()
  for await (const { key } of store.list(`${backup.targetId}/${backup.id}`)) {
    const named = readArchiveKey(key)
    if (named) taken.add(named.stem)
  }
  for (let number = scope.attempt; ; number++) {
    const stem = archiveStem(backup.targetId, backup.id, number)
    if (!taken.has(stem)) return stem
  }
}

/** Marks the copy as being written. One that replaces a bad copy keeps its name until it is done, so that nobody sweeps that. */
async function beginCopy(work: Work, stem: string): Promise<CopyRow | undefined> {
  const { db } = work.scope.ctx
  const [before] = await db.select().from(backupCopies).where(isCopy(work))
  const bad = stateBefore(before)
  const code = bad === 'missing' ? 'copy-missing' : 'copy-damaged'
  const values = {
    backupId: work.backup.id,
    storeId: work.store.id,
    key: bad ? before!.key : archiveKeysAt(stem).archive,
    status: 'writing' as const,
    error: bad ? { code, message: 'It is being made again from a good copy.', hint: null } : null,
    verification: null,
    verifiedAt: null,
  }
  await db
    .insert(backupCopies)
    .values(values)
    .onConflictDoUpdate({ target: [backupCopies.backupId, backupCopies.storeId], set: values })
  return before
}

async function end(
  work: Work,
  values: CopyValues,
  record: { outcome: 'done' | 'failed'; reason?: string; detail: Record<string, unknown> },
): Promise<void> {
  await work.scope.ctx.db.transaction(async (tx) => {
    await tx.update(backupCopies).set(values).where(isCopy(work))
    await announceChanges(tx, ['backups', 'stores'])
    await appendAudit(tx, {
      actor: formatActor(work.scope.ctx.actor),
      action: 'backups.copy',
      outcome: record.outcome,
      subject: `backup:${work.backup.id}`,
      target: work.backup.targetName,
      reason: record.reason ?? null,
      detail: { store: work.store.name, ...record.detail },
    })
  })
}

/** A source whose own bytes are bad is marked, so that the next attempt reads another one and it is made again itself. */
async function markSource({ scope }: Work, source: PresentCopy, error: AppError): Promise<void> {
  if (!source.id) return
  await scope.ctx.db
    .update(backupCopies)
    .set({
      status: isMissing(error) ? 'missing' : 'damaged',
      verification: null,
      verifiedAt: new Date(),
      error: recordedError(error),
    })
    .where(eq(backupCopies.id, source.id))
}

/** Tries the good copies in turn: one that turns out bad or does not answer is not the end of it. */
async function copyFromAny(work: Work, stem: string): Promise<{ from: string; bytes: number; key: string }> {
  const { scope, backup, store } = work
  const copies = await listPresentCopies(scope.ctx.db, backup.id)
  const sources = copies.filter(({ status, storeName }) => status === 'good' && storeName !== store.name)
  let last: unknown = archiveDamaged('No good copy of it is left in another store.')
  for (const source of sources) {
    try {
      const from = await openStore(scope.ctx, source.storeName)
      const made = await transferArchive(scope, requireKeys(scope.ctx), {
        from,
        to: store,
        sourceStem: stemOf(source.key),
        stem,
        backup,
      })
      return { from: source.storeName, ...made }
    } catch (error) {
      scope.signal.throwIfAborted()
      last = error
      if (!(error instanceof AppError)) throw error
      if (error.code === 'archive-damaged') await markSource(work, source, error)
      else if (error.code !== 'store-unreachable') throw error
    }
  }
  throw last
}

/**
 * Copies an archive to another store from a good copy: each object is read back there and held against the signed
 * manifest, which is written last. A bad copy that lies there stays until the new one is proven. Safe to repeat: each
 * attempt has a name of its own. Throws AppError.
 */
export async function copyArchive(
  scope: JobScope,
  { backupId, storeName }: { backupId: string; storeName: string },
): Promise<{ backupId: string; store: string; from: string | null; bytes: number }> {
  const backup = await getBackup(scope.ctx.db, backupId)
  const store = await openStore(scope.ctx, storeName)
  const work = { scope, backup, store }
  return withPinnedBackup(scope.ctx, backupId, async () => {
    await scope.phase('prepare')
    const stem = await chooseStem(work)
    const before = await beginCopy(work, stem)
    if (before?.status === 'good') {
      await scope.ctx.db.update(backupCopies).set(before).where(isCopy(work))
      return { backupId, store: storeName, from: null, bytes: before.sizeBytes ?? 0 }
    }
    const replaces = stateBefore(before)
    try {
      const { from, bytes, key } = await copyFromAny(work, stem)
      await scope.assertHeld()
      await end(
        work,
        {
          key,
          status: 'good',
          verification: 'checksum',
          verifiedAt: new Date(),
          sizeBytes: bytes,
          error: null,
        },
        { outcome: 'done', detail: { from, bytes, replaces } },
      )
      return { backupId, store: storeName, from, bytes }
    } catch (error) {
      const cause = causeOf(scope, error)
      if (isTakenOver(cause)) throw cause
      await removeArchive(store, archiveKeysAt(stem).archive).catch(() => {})
      const failure = recordedError(cause)
      await end(
        work,
        { status: replaces ?? 'failed', error: replaces ? before!.error : failure },
        { outcome: 'failed', reason: failure.message, detail: { code: failure.code, replaces } },
      )
      throw cause
    }
  })
}
