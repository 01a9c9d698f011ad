import { eq } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { type ArchiveKeys, archiveKeysAt, archiveStem } from '#lib/backups/archives/archive-names.ts'
import { assertReadable } from '#lib/backups/archives/assert-readable.ts'
import { requireKeys } from '#lib/backups/archives/authenticate-archive.ts'
import { type Dumped, dumpWithFacts } from '#lib/backups/archives/dump-with-facts.ts'
import { readGlobals } from '#lib/backups/archives/read-globals.ts'
import {
  listRecipients,
  verifyWritten,
  writeGlobals,
  writeManifest,
} from '#lib/backups/archives/write-archive.ts'
import { beginCopy, endFailedCopy } from '#lib/backups/copies/record-copy.ts'
import { findNewestGood } from '#lib/backups/queries.ts'
import type { TakenBackup } from '#lib/backups/take-backup.ts'
import type { ArchivedGlobals, ArchiveManifest, Backup } from '#lib/backups/types.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { type PostgresTools, requireTools } from '#lib/servers/find-tools.ts'
import { weaknessesOf } from '#lib/servers/known-weaknesses.ts'
import { openStore } from '#lib/stores/open-store.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'
import { withTargetHold } from '#lib/targets/hold-target.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import type { Policy } from '#lib/targets/policy.ts'
import { getPolicy, getTarget, getTargetUrl } from '#lib/targets/queries.ts'
import type { TargetSession } from '#lib/targets/types.ts'

/** How long an archive waits for an operation that writes: `HOLDFAST_HOLD_SECONDS`. */
const holdWaitMs = (): number => (Number(process.env.HOLDFAST_HOLD_SECONDS) || 120) * 1000

const asMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`

const storeFull = (store: ArchiveStore, needed: number, free: number | null, cause?: unknown): AppError =>
  new AppError(
    'store-full',
    `The store “${store.name}” has no room: about ${asMegabytes(needed)} needed, ${free === null ? 'nobody knows how much' : asMegabytes(free)} free.`,
    { kind: 'unavailable', hint: 'Free space there, or shorten the retention.', cause },
  )

/** What the archive will take, by what the last one took of the database as it was then. 0 for the first. */
async function predictBytes(scope: JobScope, targetId: string, databaseBytes: number): Promise<number> {
  const last = await findNewestGood(scope.ctx.db, targetId, 'archive')
  if (!last?.sizeBytes) return 0
  const [row] = await scope.ctx.db
    .select({ manifest: backups.manifest })
    .from(backups)
    .where(eq(backups.id, last.id))
  const before = (row?.manifest as ArchiveManifest | null)?.databaseBytes
  return before ? Math.round(last.sizeBytes * (databaseBytes / before)) : last.sizeBytes
}

interface Work {
  scope: JobScope
  backup: Backup
  store: ArchiveStore
  keys: ArchiveKeys
  policy: Policy
}

interface Written extends Dumped {
  tools: PostgresTools
  globals: ArchivedGlobals | null
  recipients: string[]
  databaseBytes: number
  warnings: string[]
}

/** Everything that is read from the target, while nobody may write to it by Holdfast's own hand. */
async function writeDump(work: Work, session: TargetSession): Promise<Written> {
  const { scope, backup, store, policy } = work
  const ring = requireKeys(scope.ctx)
  const tools = requireTools(Math.floor(session.serverVersionNumber / 10_000))
  await assertReadable(session.sql)
  const tables = await listTables(session.sql)
  const databaseBytes = tables.reduce(
    (sum, table) => sum + (table.kind === 'partitioned' ? 0 : table.sizeBytes),
    0,
  )
  const needed = await predictBytes(scope, backup.targetId, databaseBytes)
  const free = await store.freeBytes()
  if (free !== null && free < needed) throw storeFull(store, needed, free)
  const url = await getTargetUrl(scope.ctx, backup.targetId, 'backup')
  const recipients = await listRecipients(ring, policy)
  const warnings = weaknessesOf(tools.version)
  const found = await readGlobals(session.sql, {
    pgDumpall: tools.pgDumpall,
    url,
    signal: scope.signal,
  }).catch((error) => {
    scope.signal.throwIfAborted()
    warnings.push(`Roles and settings of the cluster could not be read: ${messageOf(error)}`)
    return null
  })
  const dumped = await dumpWithFacts(scope, session.sql, {
    url,
    pgDump: tools.pgDump,
    recipients,
    expectedBytes: databaseBytes,
    write: (content, stored, facts, signal) =>
      store.write(work.keys.archive, content, {
        signal,
        verify: (read) =>
          verifyWritten(ring, { stored, facts, pgDumpVersion: tools.version, signal }, read, scope),
      }),
  }).catch(async (error) => {
    if (!(error instanceof AppError && error.code === 'store-full')) throw error
    throw storeFull(store, needed || databaseBytes, await store.freeBytes().catch(() => null), error)
  })
  failPoint('backups.after-archive')
  const globals =
    found && (await writeGlobals(ring, store, work.keys.globals, found, recipients, scope.signal))
  return { ...dumped, tools, globals, recipients, databaseBytes, warnings }
}

async function describe(work: Work, written: Written): Promise<ArchiveManifest> {
  const { scope, backup, policy } = work
  const { name, environment, kind, host, port } = await getTarget(scope.ctx.db, backup.targetId)
  return {
    format: 2,
    backupId: backup.id,
    targetId: backup.targetId,
    takenAt: written.facts.takenAt,
    pgDumpVersion: written.tools.version,
    ...written.surroundings,
    ...written.stored,
    sequencesUpTo: written.sequencesUpTo,
    target: { name, environment, kind, host, port },
    purpose: backup.purpose,
    requestedBy: backup.requestedBy,
    policy,
    recipients: written.recipients,
    globals: written.globals,
    databaseBytes: written.databaseBytes,
    warnings: written.warnings,
  }
}

async function writeAll(work: Work): Promise<TakenBackup> {
  const { scope, backup, store } = work
  await scope.phase('hold')
  const hold = {
    targetId: backup.targetId,
    purpose: 'archive',
    subjectId: backup.id,
    mode: 'read' as const,
    waitMs: holdWaitMs(),
  }
  const written = await withTargetHold(scope.ctx, { ...hold, signal: scope.signal }, () =>
    withTarget(scope.ctx, backup.targetId, 'backup', { purpose: 'archive' }, (session) =>
      writeDump(work, session),
    ),
  )
  const manifest = await describe(work, written)
  failPoint('backups.before-manifest')
  await scope.assertHeld()
  await writeManifest(
    requireKeys(scope.ctx),
    store,
    work.keys.manifest,
    { ...manifest, facts: written.facts },
    scope.signal,
  )
  failPoint('backups.after-manifest')
  return {
    takenAt: new Date(written.facts.takenAt),
    sizeBytes: manifest.archiveBytes,
    location: work.keys.archive,
    serverVersion: manifest.serverVersion,
    facts: written.facts,
    manifest,
    verification: 'listed',
  }
}

/**
 * Takes an archive into the policy's first store: pg_dump and facts in one database snapshot, encrypted, written durably,
 * read back, authenticated and listed before it gets its name; then the globals, then the signed manifest. Leaves nothing
 * when it fails. Each attempt has names of its own, so that one who lost the work disturbs nobody. Throws AppError.
 */
export async function takeArchive(scope: JobScope, backup: Backup): Promise<TakenBackup> {
  await scope.phase('prepare')
  const { document: policy } = await getPolicy(scope.ctx.db, backup.targetId)
  const store = await openStore(scope.ctx, policy.stores[0]!)
  const keys = archiveKeysAt(archiveStem(backup.targetId, backup.id, scope.attempt))
  const copy = { backupId: backup.id, storeId: store.id, key: keys.archive }
  await beginCopy(scope.ctx, copy)
  try {
    return { ...(await writeAll({ scope, backup, store, keys, policy })), copy }
  } catch (error) {
    await endFailedCopy(scope.ctx, store, copy, error)
    throw error
  }
}
