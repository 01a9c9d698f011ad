import { and, desc, eq, sql } from 'drizzle-orm'
import { backupCopies, backups, foreignArchives } from '#drizzle/schema/backups.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import type { ForeignCandidate, ForeignHeader } from '#lib/backups/foreign/foreign-layout.ts'
import { momentOf } from '#lib/backups/foreign/foreign-layout.ts'
import type { RecordedError } from '#lib/backups/types.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { DbOrTx, Tx } from '#lib/db/client.ts'

/** What is known of an archive that others made. Nothing of it is signed. */
export interface ForeignManifest extends Partial<Omit<ForeignHeader, 'createdAt'>> {
  format: 'foreign'
  layout: 'custom' | 'directory'
  key: string
  /** Of the bytes at first sight; other bytes later are damage. */
  sha256: string
}

export interface ForeignPlace {
  targetId: string
  targetName: string
  storeId: string
}

const fallenBelow = 0.5

async function newestSize(db: DbOrTx, { targetId, storeId }: ForeignPlace): Promise<number | null> {
  const [newest] = await db
    .select({ sizeBytes: backups.sizeBytes })
    .from(backups)
    .innerJoin(backupCopies, and(eq(backupCopies.backupId, backups.id), eq(backupCopies.storeId, storeId)))
    .where(and(eq(backups.targetId, targetId), eq(backups.origin, 'foreign'), eq(backups.status, 'good')))
    .orderBy(desc(backups.takenAt))
    .limit(1)
  return newest?.sizeBytes ?? null
}

async function judgeSize(tx: Tx, place: ForeignPlace, sizeBytes: number): Promise<RecordedError | null> {
  const before = await newestSize(tx, place)
  if (before === null || sizeBytes >= before * fallenBelow) return null
  return {
    code: 'suspicious',
    message: `It has ${sizeBytes} bytes; the one before had ${before}.`,
    hint: 'Look at what happened to the database, or to whoever makes these archives.',
  }
}

const sighting = ({ targetId, storeId }: ForeignPlace, key: string) =>
  and(
    eq(foreignArchives.targetId, targetId),
    eq(foreignArchives.storeId, storeId),
    eq(foreignArchives.key, key),
  )

/** Makes a backup of what was read to its end, or of what could not be: then it is a failed one, which an alert follows. */
export async function recordForeign(
  ctx: Ctx,
  place: ForeignPlace,
  candidate: ForeignCandidate,
  found: { sha256: string; header: ForeignHeader | null; error: RecordedError | null },
): Promise<string> {
  const { header, sha256 } = found
  return ctx.db.transaction(async (tx) => {
    const error = found.error ?? (await judgeSize(tx, place, candidate.sizeBytes))
    const status = found.error ? ('failed' as const) : error ? ('suspicious' as const) : ('good' as const)
    const { createdAt, ...said } = header ?? { createdAt: null }
    const takenAt = momentOf(createdAt, candidate.modifiedAt)
    const verification = found.error ? null : ('listed' as const)
    const verifiedAt = new Date()
    const manifest: ForeignManifest = {
      format: 'foreign',
      layout: candidate.isDirectory ? 'directory' : 'custom',
      key: candidate.key,
      sha256,
      ...said,
    }
    const [backup] = await tx
      .insert(backups)
      .values({
        targetId: place.targetId,
        kind: 'archive',
        origin: 'foreign',
        purpose: 'scheduled',
        status,
        verification,
        verifiedAt,
        requestedBy: formatActor(ctx.actor),
        createdAt: takenAt,
        takenAt,
        finishedAt: verifiedAt,
        sizeBytes: candidate.sizeBytes,
        location: candidate.key,
        manifest,
        serverVersion: header?.serverVersion ?? null,
        error,
      })
      .returning({ id: backups.id })
    const backupId = backup!.id
    await tx.insert(backupCopies).values({
      backupId,
      storeId: place.storeId,
      key: candidate.key,
      status: found.error ? 'damaged' : 'good',
      verification,
      verifiedAt,
      sizeBytes: candidate.sizeBytes,
      error: found.error,
    })
    await tx
      .update(foreignArchives)
      .set({ status: found.error ? 'rejected' : 'listed', problem: found.error?.message ?? null, backupId })
      .where(sighting(place, candidate.key))
    await announceChanges(tx, ['backups', 'audit'])
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'backups.list-foreign',
      outcome: found.error ? 'failed' : 'done',
      subject: `backup:${backupId}`,
      target: place.targetName,
      reason: error?.message ?? null,
      detail: { key: candidate.key, sha256, sizeBytes: candidate.sizeBytes, status },
    })
    return backupId
  })
}

const changed = (message: string): RecordedError => ({
  code: 'archive-damaged',
  message,
  hint: 'Find out who wrote to it. Each archive needs a name of its own: one that is written over is not listed again.',
})

/** Others' archive is not any more what was listed: from now on it is damaged. Safe to repeat. */
export async function recordForeignChange(
  ctx: Ctx,
  place: ForeignPlace,
  { backupId, key }: { backupId: string; key: string },
): Promise<RecordedError> {
  const error = changed('Its bytes are not those that were there when it was first seen.')
  await ctx.db.transaction(async (tx) => {
    await tx
      .update(backups)
      .set({ status: 'failed', verification: null, verifiedAt: sql`now()`, finishedAt: sql`now()`, error })
      .where(eq(backups.id, backupId))
    await tx
      .update(backupCopies)
      .set({ status: 'damaged', verification: null, verifiedAt: sql`now()`, error })
      .where(eq(backupCopies.backupId, backupId))
    await tx
      .update(foreignArchives)
      .set({ status: 'rejected', problem: error.message })
      .where(sighting(place, key))
    await announceChanges(tx, ['backups', 'audit'])
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'backups.list-foreign',
      outcome: 'failed',
      subject: `backup:${backupId}`,
      target: place.targetName,
      reason: error.message,
      detail: { key },
    })
  })
  return error
}

/** Whoever makes them took it away, as they may: it is over, and nothing is wrong with that. Safe to repeat. */
export async function recordForeignGone(
  ctx: Ctx,
  place: ForeignPlace,
  { backupId, key }: { backupId: string | null; key: string },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await tx.update(foreignArchives).set({ status: 'gone' }).where(sighting(place, key))
    if (!backupId) return
    await tx.update(backups).set({ status: 'expired' }).where(eq(backups.id, backupId))
    await tx
      .update(backupCopies)
      .set({ status: 'deleted', deletedAt: sql`now()` })
      .where(eq(backupCopies.backupId, backupId))
    await announceChanges(tx, ['backups'])
  })
}
