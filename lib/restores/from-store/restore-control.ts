import { join } from 'node:path'
import { inArray, isNull, sql } from 'drizzle-orm'
import { sessions } from '#drizzle/schema/auth.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { openArchive } from '#lib/backups/archives/open-archive.ts'
import {
  assertKeyFits,
  type CatalogueArchive,
  readStoreCatalogue,
} from '#lib/backups/copies/store-catalogue.ts'
import type { Actor, Ctx } from '#lib/context.ts'
import { formatActor } from '#lib/context.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { migrateDb } from '#lib/db/migrate-db.ts'
import { dataDirectory } from '#lib/env.ts'
import { AppError, unwrap } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { forgetUnfinished } from '#lib/restores/from-store/empty-database.ts'
import { markMissing } from '#lib/restores/from-store/mark-missing.ts'
import { type RebuiltCatalogue, rebuildCatalogue } from '#lib/restores/from-store/rebuild-catalogue.ts'
import {
  type ProvenRestore,
  type RestoreProgress,
  restoreIntoEmpty,
} from '#lib/restores/from-store/restore-into-empty.ts'
import { readMarker } from '#lib/stores/local-store.ts'
import type { FoundStore } from '#lib/stores/open-store-at.ts'
import { defaultStoreName, findStoreByName } from '#lib/stores/queries.ts'
import type { LocalSettings } from '#lib/stores/types.ts'
import { controlTargetName } from '#lib/targets/control-target.ts'
import { keepControlTarget } from '#lib/targets/keep-control-target.ts'

export interface RestoredControl {
  archive: CatalogueArchive
  proof: ProvenRestore
  catalogue: RebuiltCatalogue
}

async function findNewest(found: FoundStore, keys: KeyRing, signal: AbortSignal): Promise<CatalogueArchive> {
  const catalogue = await readStoreCatalogue(found.store, keys, signal)
  assertKeyFits(catalogue, keys)
  const [newest] = catalogue.targets
    .filter(({ kind }) => kind === 'control')
    .flatMap(({ archives }) => archives)
    .sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime())
  if (newest) return newest
  throw new AppError('control-archive-not-found', 'The store holds no archive of Holdfast’s own database.', {
    kind: 'not-found',
    hint: 'Rebuild the catalogue from the manifests instead: leave --control out.',
  })
}

/**
 * What was under way when the archive was taken ended with the machine: its jobs must not start again here, and nobody is
 * signed in who may have been signed out since.
 */
async function endWhatWasUnderWay(ctx: Ctx, archive: CatalogueArchive): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await tx
      .update(jobRuns)
      .set({
        status: 'cancelled',
        finishedAt: sql`now()`,
        leaseUntil: null,
        error: {
          code: 'restored',
          message: 'It was under way when these records were archived.',
          hint: null,
        },
      })
      .where(inArray(jobRuns.status, ['queued', 'running']))
    await tx.update(sessions).set({ revokedAt: sql`now()` }).where(isNull(sessions.revokedAt))
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'restores.control',
      outcome: 'done',
      subject: `backup:${archive.backupId}`,
      target: controlTargetName,
      reason: 'Holdfast’s own database was restored from an archive',
      detail: { takenAt: archive.takenAt.toISOString(), manifest: archive.manifestKey },
    })
  })
}

/** The store in the data directory was lost with it, unless that came along: then its archives are missing until they are copied again. */
async function markOldDefaultMissing(ctx: Ctx, found: FoundStore): Promise<void> {
  const old = await findStoreByName(ctx.db, defaultStoreName)
  if (!old || old.id === found.store.id || (old.settings as LocalSettings).directory !== null) return
  const there = await readMarker(join(dataDirectory(), 'archives'))
  if (there !== old.id) await markMissing(ctx, old.id, { targets: [], problems: [] })
}

/**
 * Brings Holdfast's own database back from the newest archive of it in a store, into the empty database at `url`: people,
 * policies, credentials, history. Then the records are brought in line with the store, which knows what came later.
 * Nothing is overwritten. Throws AppError `control-archive-not-found`, `database-not-empty`, `restore-not-equal`, …
 */
export async function restoreControl(
  keys: KeyRing,
  found: FoundStore,
  url: string,
  actor: Actor,
  work: RestoreProgress,
): Promise<RestoredControl> {
  work.phase('read manifests')
  const newest = await findNewest(found, keys, work.signal)
  work.phase('authenticate', newest.sizeBytes)
  const archive = await openArchive(found.store, keys, newest.manifestKey, {
    signal: work.signal,
    onProgress: (bytes) => work.progress(bytes),
  })
  let proof: ProvenRestore
  try {
    proof = await restoreIntoEmpty(archive, url, work, { keepMark: true })
  } finally {
    await archive.close()
  }
  if (proof.differences.length > 0) {
    const [first] = proof.differences
    throw new AppError(
      'restore-not-equal',
      `The restored database differs from its facts: ${first!.subject} (${first!.kind}) and ${proof.differences.length - 1} more.`,
      { hint: 'Make the database empty again, and take an earlier archive or another store.' },
    )
  }
  work.phase('migrate')
  await migrateDb(url, keys)
  const db = openDb(url, { applicationName: 'holdfast:restore', maxConnections: 4 })
  try {
    const ctx: Ctx = { db, keys, actor }
    await endWhatWasUnderWay(ctx, newest)
    unwrap(await keepControlTarget(ctx, { url }))
    const catalogue = await rebuildCatalogue(ctx, found, work, { isRestored: true })
    await markOldDefaultMissing(ctx, found)
    await forgetUnfinished(url)
    return { archive: newest, proof, catalogue }
  } finally {
    await closeDb(db)
  }
}
