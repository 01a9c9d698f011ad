import { rm } from 'node:fs/promises'
import type postgres from 'postgres'
import {
  archivePlace,
  diskFull,
  explainWriteError,
  freeBytes,
  makeArchiveDirectory,
  publishFile,
  removeArchiveFiles,
} from '#lib/backups/archive-files.ts'
import { writeManifest } from '#lib/backups/archive-manifest.ts'
import { assertReadable } from '#lib/backups/assert-readable.ts'
import { requireKeys } from '#lib/backups/authenticate-archive.ts'
import { checkArchive } from '#lib/backups/check-archive.ts'
import { type DumpedArchive, streamDump } from '#lib/backups/dump-stream.ts'
import { findNewestGood } from '#lib/backups/queries.ts'
import type { TakenBackup } from '#lib/backups/take-backup.ts'
import type { ArchiveManifest, Backup } from '#lib/backups/types.ts'
import { readFacts, readSequences } from '#lib/facts/read-facts.ts'
import type { Facts, SequenceFacts } from '#lib/facts/types.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { quoteTable } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { withTargetHold } from '#lib/targets/hold-target.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getTargetUrl } from '#lib/targets/queries.ts'
import type { TargetSession } from '#lib/targets/types.ts'

const surroundingsSql = loadSql(new URL('./sql/surroundings.sql', import.meta.url))

const lockTimeoutMs = 10_000
const stallTimeoutMs = 180_000
const tablesPerLock = 200

type Surroundings = Pick<
  ArchiveManifest,
  | 'databaseName'
  | 'serverVersion'
  | 'serverVersionNumber'
  | 'encoding'
  | 'serverStartedAt'
  | 'systemIdentifier'
  | 'extensions'
  | 'roles'
>

interface Dumped extends DumpedArchive {
  facts: Facts
  sequencesUpTo: SequenceFacts[]
  surroundings: Surroundings
}

/** Keeps DDL out until the dump has its own locks. LOCK takes no snapshot, so what is read afterwards is what is locked. */
async function lockTables(session: postgres.TransactionSql, names: readonly string[]): Promise<void> {
  for (let first = 0; first < names.length; first += tablesPerLock) {
    await session.unsafe(
      `lock table ${names.slice(first, first + tablesPerLock).join(', ')} in access share mode`,
    )
  }
}

/** The dump and its facts, side by side on one exported snapshot. When one of them fails the other is stopped. */
async function dumpWithFacts(
  scope: JobScope,
  backup: Backup,
  { sql }: TargetSession,
  partial: string,
  pgDump: string,
): Promise<Dumped> {
  const keys = requireKeys(scope.ctx)
  const url = await getTargetUrl(scope.ctx, backup.targetId, 'backup')
  const tables = await listTables(sql)
  const expectedBytes = tables.reduce(
    (sum, table) => sum + (table.kind === 'partitioned' ? 0 : table.sizeBytes),
    0,
  )
  const dumped = await sql.begin('isolation level repeatable read read only', async (session) => {
    await lockTables(session, tables.map(quoteTable))
    const [exported] = await session.unsafe<{ id: string }[]>('select pg_export_snapshot() as id')
    const [surroundings] = await session.unsafe<Surroundings[]>(surroundingsSql)
    // Sequences are outside of the snapshot: the dump reads each at some moment between these two readings.
    const sequences = await readSequences(session)
    await scope.phase('dump', expectedBytes)
    const stop = new AbortController()
    const signal = AbortSignal.any([scope.signal, stop.signal])
    const stopBoth = (error: unknown): never => {
      stop.abort(error)
      throw error
    }
    const dump = streamDump({
      pgDump,
      url,
      snapshotId: exported!.id,
      partial,
      keys,
      signal,
      stallTimeoutMs,
      lockTimeoutMs,
      onProgress: (rawBytes) => scope.progress(rawBytes),
    }).catch(stopBoth)
    const facts = readFacts(session, { signal }).catch(stopBoth)
    const both = await Promise.allSettled([dump, facts])
    const failed = both.find((one) => one.status === 'rejected')
    if (failed) throw stop.signal.reason ?? failed.reason
    const sequencesUpTo = await readSequences(session)
    return {
      ...(await dump),
      facts: { ...(await facts), sequences },
      sequencesUpTo,
      surroundings: surroundings!,
    }
  })
  return dumped as Dumped
}

/**
 * Takes an archive: pg_dump and facts in one database snapshot, written durably, signed, read back and listed.
 * Leaves no file when it fails. Throws AppError with what to do.
 */
export async function takeArchive(scope: JobScope, backup: Backup): Promise<TakenBackup> {
  const { ctx } = scope
  const keys = requireKeys(ctx)
  const place = archivePlace(backup.targetId, backup.id)
  const partial = `${place.archive}.${scope.jobRunId.slice(0, 8)}-${scope.attempt}.partial`
  await scope.phase('prepare')
  await makeArchiveDirectory(place.directory)
  await removeArchiveFiles(backup.targetId, backup.id)
  const last = await findNewestGood(ctx.db, backup.targetId, 'archive')
  const neededBytes = last?.sizeBytes ?? 0
  const free = await freeBytes(place.directory)
  if (free < neededBytes) throw diskFull(place.directory, neededBytes, free)
  try {
    const hold = {
      targetId: backup.targetId,
      purpose: 'archive',
      subjectId: backup.id,
      mode: 'read' as const,
    }
    const { dumped, tools } = await withTargetHold(ctx, { ...hold, signal: scope.signal }, () =>
      withTarget(ctx, backup.targetId, 'backup', { purpose: 'archive' }, async (session) => {
        const tools = requireTools(Math.floor(session.serverVersionNumber / 10_000))
        await assertReadable(session.sql)
        return { tools, dumped: await dumpWithFacts(scope, backup, session, partial, tools.pgDump) }
      }),
    )
    failPoint('backups.before-rename')
    await scope.assertHeld()
    await publishFile(partial, place.archive)
    failPoint('backups.after-rename')
    const { facts, surroundings, ...bytes } = dumped
    const manifest: ArchiveManifest = {
      format: 1,
      backupId: backup.id,
      targetId: backup.targetId,
      takenAt: facts.takenAt,
      pgDumpVersion: tools.version,
      ...surroundings,
      ...bytes,
    }
    await writeManifest(keys, { ...manifest, facts })
    failPoint('backups.after-manifest')
    await scope.phase('verify', manifest.archiveBytes)
    const verification = await checkArchive(scope, backup)
    return {
      takenAt: new Date(facts.takenAt),
      sizeBytes: manifest.archiveBytes,
      location: place.location,
      serverVersion: surroundings.serverVersion,
      facts,
      manifest,
      verification,
    }
  } catch (error) {
    // Only our own partial: after a lost lease the finished names belong to the worker that took over.
    await rm(partial, { force: true })
    if (!scope.signal.aborted) await removeArchiveFiles(backup.targetId, backup.id)
    throw await explainWriteError(error, place.directory, neededBytes)
  }
}
