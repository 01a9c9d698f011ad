import { and, eq, ne, sql } from 'drizzle-orm'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { archiveKeysAt, archiveStem } from '#lib/backups/archives/archive-names.ts'
import { removeArchive } from '#lib/backups/archives/remove-archive.ts'
import { tryPinAlone } from '#lib/backups/pin-backup.ts'
import { recordedError } from '#lib/backups/record-outcome.ts'
import {
  freezeRetention,
  freezeRetentionNow,
  lockRetention,
} from '#lib/backups/retention/freeze-retention.ts'
import { readRetention } from '#lib/backups/retention/read-retention.ts'
import { dropSnapshot } from '#lib/backups/snapshots/drop-snapshot.ts'
import type { BackupKind } from '#lib/backups/types.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { messageOf } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import { log } from '#lib/log.ts'
import { defaultStoreName, openStore } from '#lib/stores/open-store.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getTarget } from '#lib/targets/queries.ts'

interface Expiring {
  id: string
  targetId: string
  kind: BackupKind
  location: string | null
  takenAt: Date | null
}

/**
 * Decides on the state of this moment whether the backup goes, and writes the decision down before anything is removed.
 * Returns null when it stays.
 */
async function decideExpiry(ctx: Ctx, targetId: string, backupId: string): Promise<Expiring | null> {
  return ctx.db.transaction(async (tx) => {
    await lockRetention(tx, targetId)
    await freezeRetention(ctx, tx, targetId)
    const { verdicts } = await readRetention(tx, targetId, await readClock(tx))
    if (!verdicts.find((verdict) => verdict.backupId === backupId)?.expires) return null
    const [backup] = await tx
      .update(backups)
      .set({
        status: 'expiring',
        // Since when it is pending.
        expiresAt: sql`case when ${backups.status} = 'expiring' then ${backups.expiresAt} else now() end`,
      })
      .where(and(eq(backups.id, backupId), ne(backups.status, 'expired')))
      .returning()
    return backup ?? null
  })
}

/** The earlier of our two clocks: one that was set forward lets nothing grow old. */
async function readClock(db: Pick<Ctx['db'], 'execute'>): Promise<Date> {
  const [row] = await db.execute<{ now: string }>(sql`select now() as now`)
  return new Date(Math.min(Date.parse(row!.now), Date.now()))
}

async function removeContent(ctx: Ctx, backup: Expiring): Promise<void> {
  if (backup.kind === 'archive') return removeCopies(ctx, backup)
  await withTarget(ctx, backup.targetId, 'guard', { purpose: 'expire snapshot' }, ({ sql }) =>
    dropSnapshot(sql, backup.location ?? ''),
  )
}

/** Removes the archive from every store; one that fails does not keep the others. Throws the first failure. */
async function removeCopies(ctx: Ctx, backup: Expiring): Promise<void> {
  const copies = await ctx.db
    .select({
      id: backupCopies.id,
      key: backupCopies.key,
      status: backupCopies.status,
      store: archiveStores.name,
    })
    .from(backupCopies)
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(eq(backupCopies.backupId, backup.id))
  if (copies.length === 0) {
    // From before there were stores: it lies in the default one and has no row.
    const key = backup.location ?? archiveKeysAt(archiveStem(backup.targetId, backup.id, 1), 1).archive
    return removeArchive(await openStore(ctx, defaultStoreName), key)
  }
  const failures: unknown[] = []
  for (const copy of copies) {
    if (copy.status === 'deleted') continue
    const record = (values: Partial<typeof backupCopies.$inferInsert>) =>
      ctx.db.update(backupCopies).set(values).where(eq(backupCopies.id, copy.id))
    try {
      await record({ status: 'deleting' })
      failPoint('retention.before-remove')
      await removeArchive(await openStore(ctx, copy.store), copy.key)
      failPoint('retention.after-remove')
      await record({ status: 'deleted', deletedAt: new Date(), error: null })
    } catch (error) {
      await record({ error: recordedError(error) })
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function recordExpired(ctx: Ctx, backup: Expiring): Promise<void> {
  const { name } = await getTarget(ctx.db, backup.targetId)
  await ctx.db.transaction(async (tx) => {
    await tx.update(backups).set({ status: 'expired' }).where(eq(backups.id, backup.id))
    await announceChanges(tx, ['backups', 'audit'])
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'backups.expire',
      outcome: 'done',
      subject: `backup:${backup.id}`,
      target: name,
      detail: { kind: backup.kind, takenAt: backup.takenAt },
    })
  })
}

/** What a failed attempt at an archive left in a store that did not let go of it. It never was a good copy. */
async function removeLeftCopies(ctx: Ctx, targetId: string): Promise<void> {
  const left = await ctx.db
    .select({ id: backupCopies.id, key: backupCopies.key, store: archiveStores.name })
    .from(backupCopies)
    .innerJoin(backups, eq(backups.id, backupCopies.backupId))
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backupCopies.status, 'deleting'),
        ne(backups.status, 'expiring'),
      ),
    )
  for (const copy of left) {
    await removeArchive(await openStore(ctx, copy.store), copy.key)
    await ctx.db
      .update(backupCopies)
      .set({ status: 'failed' })
      .where(and(eq(backupCopies.id, copy.id), eq(backupCopies.status, 'deleting')))
  }
}

/**
 * Removes the backups that the retention no longer keeps, and goes on with deletions that did not succeed before. Freezes
 * the retention first when something is wrong. One in use stays; one that cannot be removed stays `expiring` and is tried
 * again. Safe to repeat and to run in many processes at once. Returns the ids that are gone.
 */
export async function expireBackups({ ctx }: { ctx: Ctx }, targetId: string): Promise<string[]> {
  await freezeRetentionNow(ctx, targetId)
  await removeLeftCopies(ctx, targetId).catch((error) =>
    log.warn({ targetId, error: messageOf(error) }, 'what a failed attempt left stays; it is tried again'),
  )
  const { verdicts } = await readRetention(ctx.db, targetId, await readClock(ctx.db))
  const expired: string[] = []
  for (const { backupId, expires } of verdicts) {
    if (!expires) continue
    try {
      await tryPinAlone(ctx, backupId, async () => {
        const backup = await decideExpiry(ctx, targetId, backupId)
        if (!backup) return
        await removeContent(ctx, backup)
        await recordExpired(ctx, backup)
        expired.push(backupId)
      })
    } catch (error) {
      await keepReason(ctx, backupId, error)
      log.warn({ backupId, error: messageOf(error) }, 'a backup could not be removed; it is tried again')
    }
  }
  return expired
}

/** Why the deletion is still pending, for the pages and the alert. */
const keepReason = (ctx: Ctx, backupId: string, error: unknown) =>
  ctx.db
    .update(backups)
    .set({ error: recordedError(error) })
    .where(and(eq(backups.id, backupId), eq(backups.status, 'expiring')))
