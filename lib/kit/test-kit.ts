import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { and, desc, eq, inArray, isNull } from 'drizzle-orm'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { targetCredentials, targets } from '#drizzle/schema/targets.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { decryptAge } from '#lib/backups/archives/age-file.ts'
import { archiveIdentity } from '#lib/backups/archives/archive-identity.ts'
import { archiveDamaged, readManifest } from '#lib/backups/archives/archive-manifest.ts'
import { archiveKeysAt, stemOf } from '#lib/backups/archives/archive-names.ts'
import { requireKeys } from '#lib/backups/archives/authenticate-archive.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { dataDirectory, packageRoot } from '#lib/env.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { KeyRing } from '#lib/keys.ts'
import type { KitArchive, KitTest } from '#lib/kit/types.ts'
import { findTools } from '#lib/servers/find-tools.ts'
import { openStore } from '#lib/stores/open-store.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'
import { credentialPlace } from '#lib/targets/queries.ts'

const zstdMagic = '28b52ffd'

/** Where this process has its key from, for people who have to keep it. */
function keyPlace(): string {
  if (process.env.HOLDFAST_KEY) return `HOLDFAST_KEY in the environment of Holdfast at ${hostname()}`
  return `${join(dataDirectory(), 'holdfast.key')} at ${hostname()}`
}

function holdfastVersion(): string {
  const file = join(packageRoot, 'package.json')
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
    : 'unknown'
}

async function* prefixOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) if (chunk.length > 0) yield chunk
}

/**
 * Opens an archive as far as that takes the key: its manifest's signature, its encryption's header, and its first block.
 * That all of it is there and whole is what verifications and drills look at. Returns the id of the key that opened it.
 */
async function openWith(
  store: ArchiveStore,
  keys: KeyRing,
  archiveKey: string,
  signal: AbortSignal,
): Promise<string> {
  const stem = stemOf(archiveKey)
  const { manifest, ring } = await readManifest(store, keys, archiveKeysAt(stem).manifest, signal)
  const { archive } = archiveKeysAt(stem, manifest.format)
  const found = await store.stat(archive)
  if (found?.bytes !== manifest.archiveBytes) {
    throw archiveDamaged(`The archive has ${found?.bytes ?? 'no'} bytes instead of ${manifest.archiveBytes}.`)
  }
  const stored = store.read(archive, { signal })
  const plain =
    manifest.format === 1
      ? prefixOf(stored as AsyncIterable<Buffer>)
      : decryptAge([archiveIdentity(ring)], stored)
  for await (const block of plain) {
    if (block.subarray(0, 4).toString('hex') === zstdMagic) return ring.keyId
    break
  }
  throw archiveDamaged('What the key opens is not an archive.')
}

const listNewest = ({ ctx }: JobScope) =>
  ctx.db
    .selectDistinctOn([backups.targetId, backupCopies.storeId], {
      target: targets.name,
      kind: targets.kind,
      store: archiveStores.name,
      backupId: backups.id,
      takenAt: backups.takenAt,
      key: backupCopies.key,
    })
    .from(backupCopies)
    .innerJoin(backups, eq(backups.id, backupCopies.backupId))
    .innerJoin(targets, eq(targets.id, backups.targetId))
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(
      and(
        eq(backups.origin, 'holdfast'),
        inArray(backups.status, ['good', 'suspicious']),
        eq(backupCopies.status, 'good'),
        isNull(targets.removedAt),
        isNull(archiveStores.removedAt),
      ),
    )
    .orderBy(backups.targetId, backupCopies.storeId, desc(backups.takenAt))

async function testArchives(scope: JobScope, keys: KeyRing): Promise<KitArchive[]> {
  const newest = await listNewest(scope)
  await scope.phase('open archives', newest.length)
  const tested: KitArchive[] = []
  for (const { target, kind, store: storeName, backupId, takenAt, key } of newest) {
    const told = {
      target,
      isControl: kind === 'control',
      store: storeName,
      backupId,
      takenAt: takenAt!.toISOString(),
    }
    try {
      const store = await openStore(scope.ctx, storeName)
      tested.push({ ...told, keyId: await openWith(store, keys, key, scope.signal), problem: null })
    } catch (error) {
      scope.signal.throwIfAborted()
      tested.push({ ...told, keyId: null, problem: messageOf(error) })
    }
    scope.progress(tested.length)
  }
  return tested
}

async function testCredentials({ ctx }: JobScope, keys: KeyRing): Promise<KitTest['credentials']> {
  const rows = await ctx.db
    .select({
      targetId: targets.id,
      name: targets.name,
      role: targetCredentials.role,
      sealed: targetCredentials.sealedUrl,
    })
    .from(targetCredentials)
    .innerJoin(targets, eq(targets.id, targetCredentials.targetId))
    .where(isNull(targets.removedAt))
  const problems = rows.flatMap(({ targetId, name, role, sealed }) => {
    try {
      keys.open(sealed, credentialPlace(targetId, role))
      return []
    } catch (error) {
      return [`${name}, ${role}: ${messageOf(error)}`]
    }
  })
  return { opened: rows.length - problems.length, problems }
}

/**
 * Tests the recovery kit: whether the key at hand opens the newest archive of each database in each store, and what is
 * sealed in our records. Changes nothing but the record of the test. `keyId` is the key that the person who asked has; it
 * must be this process's own. Safe to repeat. Throws AppError `kit-other-key`.
 */
export async function testKit(scope: JobScope, { keyId }: { keyId?: string }): Promise<KitTest> {
  const { ctx } = scope
  const keys = requireKeys(ctx)
  if (keyId && keyId !== keys.keyId) {
    throw new AppError(
      'kit-other-key',
      `The key that you have is ${keyId}; this installation’s is ${keys.keyId}.`,
      {
        hint: 'Keep a copy of the right one. An earlier key belongs into HOLDFAST_OLD_KEYS.',
      },
    )
  }
  const living = await ctx.db.select({ name: targets.name }).from(targets).where(isNull(targets.removedAt))
  const archives = await testArchives(scope, keys)
  await scope.phase('open credentials')
  const credentials = await testCredentials(scope, keys)
  const without = living
    .map(({ name }) => name)
    .filter((name) => !archives.some(({ target }) => target === name))
  const ok =
    archives.length > 0 &&
    archives.every(({ problem }) => problem === null) &&
    credentials.problems.length === 0
  await scope.assertHeld()
  await ctx.db.transaction(async (tx) => {
    await announceChanges(tx, ['audit', 'backups'])
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'kit.test',
      outcome: ok ? 'done' : 'failed',
      reason: ok ? null : (archives.find(({ problem }) => problem)?.problem ?? 'Nothing could be opened.'),
      detail: { keyId: keys.keyId, archives: archives.length, without },
    })
  })
  return {
    ok,
    keyId: keys.keyId,
    olderKeyIds: keys.older.map((ring) => ring.keyId),
    keyPlace: keyPlace(),
    archives,
    without,
    credentials,
    toolsVersion: findTools()?.version ?? null,
    holdfastVersion: holdfastVersion(),
  }
}
