import { and, desc, eq, inArray, isNotNull, isNull, ne, type SQL, sql } from 'drizzle-orm'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { isBefore, isSince, momentOf } from '#lib/backups/read-calendar.ts'
import type {
  BackupKind,
  BackupOrigin,
  BackupPurpose,
  BackupStatus,
  RecordedError,
  Verification,
} from '#lib/backups/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'

export type CopyStatus = typeof backupCopies.$inferSelect.status

export interface BackupFilter {
  kind?: BackupKind | undefined
  /** `there`: everything that is not gone by now. */
  status?: BackupStatus | 'held' | 'there' | undefined
  /** `none`: nothing is proven of it. */
  level?: Verification | 'none' | undefined
  origin?: BackupOrigin | undefined
  from?: Date | undefined
  before?: Date | undefined
}

/** An archive in one store, as a list shows it. */
export interface ListedCopy {
  id: string
  store: string
  status: CopyStatus
  verification: Verification | null
  verifiedAt: Date | null
  sizeBytes: number | null
  error: RecordedError | null
}

/** A backup as a list shows it: no facts and no manifest, which can be megabytes. */
export interface ListedBackup {
  id: string
  kind: BackupKind
  purpose: BackupPurpose
  origin: BackupOrigin
  status: BackupStatus
  verification: Verification | null
  verifiedAt: Date | null
  at: Date
  sizeBytes: number | null
  rawBytes: number | null
  tables: number | null
  rows: number | null
  largeObjects: number | null
  notCovered: number | null
  error: RecordedError | null
  expiresAt: Date | null
  heldAt: Date | null
  heldBy: string | null
  holdReason: string | null
  copies: ListedCopy[]
}

export interface BackupsPage {
  backups: ListedBackup[]
  /** Where the next page begins; null on the last one. */
  next: string | null
}

const conditionsOf = (targetId: string, filter: BackupFilter, after: string | null): SQL | undefined =>
  and(
    eq(backups.targetId, targetId),
    filter.kind ? eq(backups.kind, filter.kind) : undefined,
    filter.status === 'held'
      ? isNotNull(backups.heldAt)
      : filter.status === 'there'
        ? ne(backups.status, 'expired')
        : filter.status
          ? eq(backups.status, filter.status)
          : undefined,
    filter.level === 'none'
      ? isNull(backups.verification)
      : filter.level
        ? eq(backups.verification, filter.level)
        : undefined,
    filter.origin ? eq(backups.origin, filter.origin) : undefined,
    filter.from ? isSince(filter.from) : undefined,
    filter.before ? isBefore(filter.before) : undefined,
    after ? isAfter(after) : undefined,
  )

/** By the record itself, whose moment has microseconds that a date of ours would lose. Scalar, so that the index serves it. */
const isAfter = (id: string): SQL => sql`(${momentOf}, ${backups.id}) < (
  (select coalesce(c.taken_at, c.created_at) from backups c where c.id = ${id}),
  (select c.id from backups c where c.id = ${id}))`

const columns = {
  id: backups.id,
  kind: backups.kind,
  purpose: backups.purpose,
  origin: backups.origin,
  status: backups.status,
  verification: backups.verification,
  verifiedAt: backups.verifiedAt,
  at: sql<Date>`${momentOf}`.mapWith(backups.createdAt),
  sizeBytes: backups.sizeBytes,
  rawBytes: sql<number | null>`(${backups.manifest} ->> 'rawBytes')::float8`,
  coverage: backups.coverage,
  error: backups.error,
  expiresAt: backups.expiresAt,
  heldAt: backups.heldAt,
  heldBy: backups.heldBy,
  holdReason: backups.holdReason,
}

/** One page of a target's backups, newest first, with their copies: two bounded queries, however many there are. */
export async function listBackupsPage(
  db: DbOrTx,
  targetId: string,
  {
    filter = {},
    after = null,
    limit = 30,
  }: { filter?: BackupFilter; after?: string | null; limit?: number } = {},
): Promise<BackupsPage> {
  const rows = await db
    .select(columns)
    .from(backups)
    .where(conditionsOf(targetId, filter, after))
    .orderBy(sql`${momentOf} desc`, desc(backups.id))
    .limit(limit + 1)
  const shown = rows.slice(0, limit)
  return {
    backups: await withCopies(db, shown),
    next: rows.length > limit ? shown.at(-1)!.id : null,
  }
}

/** These backups, newest first; for a short list of ids. */
export async function listBackupsByIds(db: DbOrTx, ids: readonly string[]): Promise<ListedBackup[]> {
  if (ids.length === 0) return []
  const rows = await db
    .select(columns)
    .from(backups)
    .where(inArray(backups.id, [...ids]))
    .orderBy(sql`${momentOf} desc`, desc(backups.id))
  return withCopies(db, rows)
}

const selectRow = (db: DbOrTx) => db.select(columns).from(backups)

async function withCopies(db: DbOrTx, rows: Awaited<ReturnType<typeof selectRow>>): Promise<ListedBackup[]> {
  const copies = await listCopies(
    db,
    rows.map(({ id }) => id),
  )
  return rows.map(({ coverage, ...row }) => ({
    ...row,
    error: row.error as RecordedError | null,
    tables: coverage?.tables ?? null,
    rows: coverage?.rows ?? null,
    largeObjects: coverage?.largeObjects ?? null,
    notCovered: coverage?.notCovered ?? null,
    copies: copies.get(row.id) ?? [],
  }))
}

/** The copies of these backups by backup, those that are gone left out; the store that took the archive first. */
export async function listCopies(
  db: DbOrTx,
  backupIds: readonly string[],
): Promise<Map<string, ListedCopy[]>> {
  if (backupIds.length === 0) return new Map()
  const rows = await db
    .select({
      backupId: backupCopies.backupId,
      id: backupCopies.id,
      store: archiveStores.name,
      status: backupCopies.status,
      verification: backupCopies.verification,
      verifiedAt: backupCopies.verifiedAt,
      sizeBytes: backupCopies.sizeBytes,
      error: backupCopies.error,
    })
    .from(backupCopies)
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(and(inArray(backupCopies.backupId, [...backupIds]), sql`${backupCopies.status} <> 'deleted'`))
    .orderBy(backupCopies.createdAt, backupCopies.id)
  return Map.groupBy(
    rows.map(({ backupId, ...copy }) => ({ backupId, ...copy, error: copy.error as RecordedError | null })),
    ({ backupId }) => backupId,
  )
}
