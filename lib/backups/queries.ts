import { and, desc, eq, gte, inArray, isNotNull, isNull, lt, ne, or, sql } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { contentBytes, type HeldContent } from '#lib/backups/judge-backup.ts'
import type {
  Backup,
  BackupDetails,
  BackupKind,
  BackupOrigin,
  Drill,
  Protection,
  SnapshotManifest,
} from '#lib/backups/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { AppError, notFound } from '#lib/errors.ts'
import type { Facts } from '#lib/facts/types.ts'
import { isUuid } from '#lib/sql/uuid.ts'

const columns = {
  id: backups.id,
  targetId: backups.targetId,
  targetName: targets.name,
  kind: backups.kind,
  purpose: backups.purpose,
  origin: backups.origin,
  status: backups.status,
  verification: backups.verification,
  verifiedAt: backups.verifiedAt,
  requestedBy: backups.requestedBy,
  createdAt: backups.createdAt,
  takenAt: backups.takenAt,
  finishedAt: backups.finishedAt,
  durationMs: backups.durationMs,
  sizeBytes: backups.sizeBytes,
  tables: sql<number | null>`(${backups.coverage} ->> 'tables')::int`,
  rows: sql<number | null>`(${backups.coverage} ->> 'rows')::float8`,
  location: backups.location,
  serverVersion: backups.serverVersion,
  error: backups.error,
  expiresAt: backups.expiresAt,
  heldAt: backups.heldAt,
  heldBy: backups.heldBy,
  holdReason: backups.holdReason,
  jobRunId: backups.jobRunId,
}

/** Newest first. Without facts and manifests, which can be large. */
export async function listBackups(
  db: DbOrTx,
  filter: { targetId?: string; kind?: BackupKind; since?: Date; limit?: number } = {},
): Promise<Backup[]> {
  const rows = await db
    .select(columns)
    .from(backups)
    .innerJoin(targets, eq(targets.id, backups.targetId))
    .where(
      and(
        filter.targetId ? eq(backups.targetId, filter.targetId) : undefined,
        filter.kind ? eq(backups.kind, filter.kind) : undefined,
        filter.since ? gte(backups.createdAt, filter.since) : undefined,
      ),
    )
    .orderBy(desc(backups.createdAt), desc(backups.id))
    .limit(filter.limit ?? 200)
  return rows as Backup[]
}

/** The backup with its facts and manifest. Throws AppError `backup-not-found`. */
export async function getBackup(db: DbOrTx, backupId: string): Promise<BackupDetails> {
  const rows = isUuid(backupId)
    ? await db
        .select({ ...columns, facts: backups.facts, manifest: backups.manifest })
        .from(backups)
        .innerJoin(targets, eq(targets.id, backups.targetId))
        .where(eq(backups.id, backupId))
    : []
  if (!rows[0]) throw notFound('backup', backupId, 'List them with: holdfast backups list TARGET')
  return rows[0] as BackupDetails
}

/** A safety snapshot holds only the tables that an operation was about to write to. */
const isOfTheWhole = or(ne(backups.purpose, 'safety'), eq(backups.kind, 'archive'))

/** What a new backup is measured against: the content of the last good one of its kind. Null for the first. */
export async function findLastGoodContent(
  db: DbOrTx,
  targetId: string,
  kind: BackupKind,
): Promise<HeldContent | null> {
  const [row] = await db
    .select({ facts: backups.facts, manifest: backups.manifest, sizeBytes: backups.sizeBytes })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backups.kind, kind),
        eq(backups.status, 'good'),
        isOfTheWhole,
        isNotNull(backups.takenAt),
        isNotNull(backups.facts),
      ),
    )
    .orderBy(desc(sql`coalesce(${backups.finishedAt}, ${backups.takenAt})`))
    .limit(1)
  return row ? { facts: row.facts as Facts, bytes: contentBytes(row) } : null
}

/** The last good one of its kind before a backup, also when it is gone by now: its facts stay. Null for the first. */
export async function findGoodBefore(
  db: DbOrTx,
  { targetId, kind, takenAt }: Pick<Backup, 'targetId' | 'kind' | 'takenAt'>,
): Promise<{ id: string; takenAt: Date; facts: Facts } | null> {
  if (!takenAt) return null
  const [row] = await db
    .select({ id: backups.id, takenAt: backups.takenAt, facts: backups.facts })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backups.kind, kind),
        inArray(backups.status, ['good', 'expiring', 'expired']),
        isNull(backups.error),
        isNotNull(backups.facts),
        isOfTheWhole,
        lt(backups.takenAt, takenAt),
      ),
    )
    .orderBy(desc(backups.takenAt))
    .limit(1)
  return (row as { id: string; takenAt: Date; facts: Facts } | undefined) ?? null
}

/** The newest backup of a kind that is good, so that a drill or a restore without a choice has one. */
export async function findNewestGood(
  db: DbOrTx,
  targetId: string,
  kind: BackupKind,
  origin?: BackupOrigin,
): Promise<Backup | null> {
  const [row] = await db
    .select(columns)
    .from(backups)
    .innerJoin(targets, eq(targets.id, backups.targetId))
    .where(
      and(
        eq(backups.targetId, targetId),
        eq(backups.kind, kind),
        eq(backups.status, 'good'),
        isOfTheWhole,
        origin ? eq(backups.origin, origin) : undefined,
      ),
    )
    .orderBy(desc(backups.takenAt))
    .limit(1)
  return (row as Backup | undefined) ?? null
}

/** The manifest of a snapshot. Throws AppError when the backup is an archive or was never finished. */
export function snapshotManifestOf(backup: BackupDetails): SnapshotManifest {
  if (backup.kind === 'snapshot' && backup.manifest) return backup.manifest as SnapshotManifest
  throw new AppError('backup-not-snapshot', 'This backup is not a finished snapshot.', { kind: 'refused' })
}

const drillColumns = {
  id: drills.id,
  targetId: drills.targetId,
  targetName: targets.name,
  backupId: drills.backupId,
  status: drills.status,
  verdict: drills.verdict,
  requestedBy: drills.requestedBy,
  createdAt: drills.createdAt,
  startedAt: drills.startedAt,
  finishedAt: drills.finishedAt,
  phases: drills.phases,
  recoveryMs: drills.recoveryMs,
  differences: drills.differences,
  copyId: drills.copyId,
  checks: drills.checks,
  unchecked: drills.unchecked,
  serverVersion: drills.serverVersion,
  error: drills.error,
  jobRunId: drills.jobRunId,
}

/** Newest first. */
export async function listDrills(
  db: DbOrTx,
  filter: { targetId?: string; backupId?: string; limit?: number } = {},
): Promise<Drill[]> {
  const rows = await db
    .select(drillColumns)
    .from(drills)
    .innerJoin(targets, eq(targets.id, drills.targetId))
    .where(
      and(
        filter.targetId ? eq(drills.targetId, filter.targetId) : undefined,
        filter.backupId ? eq(drills.backupId, filter.backupId) : undefined,
      ),
    )
    .orderBy(desc(drills.createdAt), desc(drills.id))
    .limit(filter.limit ?? 100)
  return rows as Drill[]
}

/** The drill with this id. Throws AppError `drill-not-found`. */
export async function getDrill(db: DbOrTx, drillId: string): Promise<Drill> {
  const rows = isUuid(drillId)
    ? await db
        .select(drillColumns)
        .from(drills)
        .innerJoin(targets, eq(targets.id, drills.targetId))
        .where(eq(drills.id, drillId))
    : []
  if (!rows[0]) throw notFound('drill', drillId, 'List them with: holdfast drills list TARGET')
  return rows[0] as Drill
}

/** True while some drill of this backup waits or runs. */
export async function hasUnfinishedDrill(db: DbOrTx, backupId: string): Promise<boolean> {
  const rows = await db
    .select({ id: drills.id })
    .from(drills)
    .where(and(eq(drills.backupId, backupId), inArray(drills.status, ['queued', 'running'])))
    .limit(1)
  return rows.length > 0
}

/** The measured exposure and recovery time of a target, each with the record behind it. */
export async function measureProtection(db: DbOrTx, targetId: string, now: Date): Promise<Protection> {
  const archive = await findNewestGood(db, targetId, 'archive')
  const snapshot = await findNewestGood(db, targetId, 'snapshot')
  const [drill] = await db
    .select({ id: drills.id, finishedAt: drills.finishedAt, recoveryMs: drills.recoveryMs })
    .from(drills)
    .where(
      and(
        eq(drills.targetId, targetId),
        eq(drills.verdict, 'passed'),
        // A drill of others' archive shows that it restores, not that it holds what its source held.
        inArray(
          drills.backupId,
          db
            .select({ id: backups.id })
            .from(backups)
            .where(and(eq(backups.targetId, targetId), eq(backups.origin, 'holdfast'))),
        ),
      ),
    )
    .orderBy(desc(drills.finishedAt))
    .limit(1)
  const ageMs = (at: Date | null | undefined) => (at ? Math.max(0, now.getTime() - at.getTime()) : null)
  return {
    exposureMs: ageMs(archive?.takenAt),
    exposureBackupId: archive?.id ?? null,
    exposureSince: archive?.takenAt ?? null,
    recoveryMs: drill?.recoveryMs ?? null,
    provenDrillId: drill?.id ?? null,
    provenAt: drill?.finishedAt ?? null,
    rescueMs: ageMs(snapshot?.takenAt),
    rescueBackupId: snapshot?.id ?? null,
    rescueSince: snapshot?.takenAt ?? null,
  }
}
