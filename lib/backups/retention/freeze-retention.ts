import { and, desc, eq, inArray, isNotNull, ne, or, sql } from 'drizzle-orm'
import { backupCopies, backups, drills, retentionFreezes } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { type BackupEvidence, listAnomalies, newAnomalies } from '#lib/backups/anomalies.ts'
import { listUnreachableStores } from '#lib/backups/retention/read-retention.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { DbOrTx, Tx } from '#lib/db/client.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

/** Held by whoever decides about a target's old backups, so that a freeze and a deletion never pass each other unseen. */
export const lockRetention = (tx: Tx, targetId: string) =>
  tx.execute(sql`select pg_advisory_xact_lock(hashtext('holdfast:retention'), hashtext(${targetId}))`)

/**
 * Stops a target's retention for each anomaly that nobody has looked at yet. Safe to repeat: one anomaly freezes once, and
 * not again after a person has cleared it. Returns the reasons that are new.
 */
export async function freezeRetention(ctx: Ctx, tx: Tx, targetId: string): Promise<string[]> {
  const evidence = await readEvidence(tx, targetId)
  const known = await tx.select().from(retentionFreezes).where(eq(retentionFreezes.targetId, targetId))
  const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`)
  const found = newAnomalies(listAnomalies(evidence, new Date(clock!.now)), known)
  if (found.length === 0) return []
  await tx
    .insert(retentionFreezes)
    .values(found.map(({ subject, reason }) => ({ targetId, subject, reason })))
  const { name } = await getTarget(tx, targetId)
  for (const { subject, reason } of found) {
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'backups.freeze',
      outcome: 'done',
      subject,
      target: name,
      reason,
    })
  }
  await announceChanges(tx, ['backups', 'audit'])
  return found.map(({ reason }) => reason)
}

/** Looks for anomalies now, by itself: so that a freeze is seen when it comes and not at the next clean-up. Safe to repeat. */
export const freezeRetentionNow = (ctx: Ctx, targetId: string): Promise<string[]> =>
  ctx.db.transaction(async (tx) => {
    await lockRetention(tx, targetId)
    return freezeRetention(ctx, tx, targetId)
  })

async function readEvidence(db: DbOrTx, targetId: string): Promise<BackupEvidence> {
  const { stores } = (await getPolicy(db, targetId)).document
  const ours = and(eq(backups.targetId, targetId), eq(backups.origin, 'holdfast'))
  const doneAt = sql`coalesce(${backups.finishedAt}, ${backups.takenAt}, ${backups.createdAt})`.mapWith(
    backups.createdAt,
  )
  const newest = await db
    .selectDistinctOn([backups.kind], {
      id: backups.id,
      kind: backups.kind,
      status: backups.status,
      code: sql<string | null>`${backups.error} ->> 'code'`,
      finishedAt: doneAt,
    })
    .from(backups)
    .where(
      and(
        ours,
        inArray(backups.status, ['good', 'suspicious', 'failed']),
        or(ne(backups.purpose, 'safety'), eq(backups.kind, 'archive')),
      ),
    )
    .orderBy(backups.kind, desc(doneAt))
  const damaged = await db
    .select({
      id: backups.id,
      seenAt: sql`coalesce(${backups.verifiedAt}, ${doneAt})`.mapWith(backups.createdAt),
    })
    .from(backups)
    .where(and(ours, eq(backups.kind, 'archive'), eq(backups.status, 'failed'), isNotNull(backups.location)))
  const [drill] = await db
    .select({ id: drills.id, verdict: drills.verdict, finishedAt: drills.finishedAt })
    .from(drills)
    .where(and(eq(drills.targetId, targetId), inArray(drills.verdict, ['passed', 'failed'])))
    .orderBy(desc(drills.finishedAt))
    .limit(1)
  const badCopies = await db
    .select({
      id: backupCopies.id,
      status: backupCopies.status,
      storeName: archiveStores.name,
      seenAt: sql`coalesce(${backupCopies.verifiedAt}, ${backupCopies.createdAt})`.mapWith(
        backupCopies.createdAt,
      ),
    })
    .from(backupCopies)
    .innerJoin(backups, eq(backups.id, backupCopies.backupId))
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(
      and(
        ours,
        inArray(backupCopies.status, ['damaged', 'missing']),
        inArray(backups.status, ['good', 'suspicious', 'failed']),
      ),
    )
  return {
    newest,
    damaged,
    drill:
      drill?.verdict && drill.finishedAt
        ? { ...drill, verdict: drill.verdict, finishedAt: drill.finishedAt }
        : null,
    badCopies,
    unreachable: await listUnreachableStores(db, stores),
  }
}
