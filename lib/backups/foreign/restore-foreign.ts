import { createReadStream } from 'node:fs'
import { eq, sql } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { archiveDamaged } from '#lib/backups/archives/archive-manifest.ts'
import type { Dump } from '#lib/backups/drills/restore-dump.ts'
import type { ScratchNeeds } from '#lib/backups/drills/scratch-needs.ts'
import { requireForeign } from '#lib/backups/foreign/find-foreign.ts'
import { type ForeignCopy, withForeignCopy } from '#lib/backups/foreign/foreign-copy.ts'
import type { ForeignManifest } from '#lib/backups/foreign/record-foreign.ts'
import type { ArchiveManifest, BackupDetails } from '#lib/backups/types.ts'
import type { Ctx } from '#lib/context.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { requireTools } from '#lib/servers/find-tools.ts'

/** Compressed by pg_dump itself; how much comes out nobody says. */
const usualGrowth = 6

const majorIn = (version: string | null | undefined): number => Number.parseInt(version ?? '', 10) || 0

/** What a scratch database needs for it, as far as its header says. */
function needsOf(backup: BackupDetails, manifest: ForeignManifest): ScratchNeeds {
  const { major: newest } = requireTools()
  const server = manifest.serverVersion ?? String(newest)
  return {
    databaseName: manifest.databaseName ?? backup.targetName,
    serverVersion: server,
    serverVersionNumber: majorIn(server) * 10_000,
    systemIdentifier: null,
    serverStartedAt: null,
    encoding: 'UTF8',
    extensions: [],
    roles: [],
    pgDumpVersion: manifest.pgDumpVersion ?? String(newest),
    rawBytes: (backup.sizeBytes ?? 0) * usualGrowth,
  }
}

const dumpOf = (copy: ForeignCopy, needs: ScratchNeeds): Dump => ({
  read: () => createReadStream(copy.path),
  toolsMajor: majorIn(needs.pgDumpVersion),
  ...(copy.isDirectory ? { directory: copy.path } : {}),
})

/** No facts were taken of its source: what a restored copy holds is all that can be known. */
const noFacts = (takenAt: Date): Facts => ({
  takenAt: takenAt.toISOString(),
  serverVersionNumber: 0,
  tables: [],
  sequences: [],
  constraints: [],
  definitions: [],
  schemaFingerprint: '',
  notCovered: [],
})

export interface FetchedForeign {
  dump: Dump
  needs: ScratchNeeds
  /** In the shape of our own archives, for who only wants to know what it is. Nothing of it is signed. */
  manifest: ArchiveManifest & { facts: Facts }
}

/**
 * Fetches an archive that others made and demands the very bytes that were there at first sight. What comes of it must be
 * restored as its scratch database's owner: nobody has vouched for what is in it. Throws AppError `archive-damaged`.
 */
export async function withFetchedForeign<T>(
  scope: JobScope,
  backup: BackupDetails,
  work: (fetched: FetchedForeign) => Promise<T>,
): Promise<T> {
  const { store, candidate, manifest } = await requireForeign(scope.ctx, backup.id)
  const options = { signal: scope.signal, onProgress: (bytes: number) => scope.progress(bytes) }
  return withForeignCopy(store, candidate, options, async (copy) => {
    if (copy.sha256 !== manifest.sha256)
      throw archiveDamaged('Its bytes are not those that were there when it was first seen.')
    const needs = needsOf(backup, manifest)
    const takenAt = backup.takenAt ?? backup.createdAt
    return work({
      dump: dumpOf(copy, needs),
      needs,
      manifest: {
        ...needs,
        format: 1,
        backupId: backup.id,
        targetId: backup.targetId,
        takenAt: takenAt.toISOString(),
        serverStartedAt: '',
        extensions: [],
        roles: [],
        archiveBytes: backup.sizeBytes ?? 0,
        sha256: manifest.sha256,
        mac: '',
        sequencesUpTo: [],
        facts: noFacts(takenAt),
      },
    })
  })
}

/** Keeps what a restored copy of a foreign archive held, for people to see: it proves nothing of the source. */
export async function keepForeignContent(ctx: Ctx, backupId: string, facts: Facts): Promise<void> {
  const copy = {
    tables: facts.tables.map(({ schema, name, rows }) => ({ schema, name, rows })),
    rows: facts.tables.reduce((sum, table) => sum + table.rows, 0),
    schemaFingerprint: facts.schemaFingerprint,
  }
  await ctx.db
    .update(backups)
    .set({ manifest: sql`${backups.manifest} || ${JSON.stringify({ copy })}::jsonb` })
    .where(eq(backups.id, backupId))
}
