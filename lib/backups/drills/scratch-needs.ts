import { statfs } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import type postgres from 'postgres'
import { targets } from '#drizzle/schema/targets.ts'
import type { DrillServer } from '#lib/backups/drills/drill-server.ts'
import type { DatabaseLocale, UncheckedPart } from '#lib/backups/types.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import { installServerCommand } from '#lib/servers/find-server-binaries.ts'

/** What a scratch database has to be like for an archive. Any archive's manifest is one; of a foreign archive less is known. */
export interface ScratchNeeds {
  databaseName: string
  serverVersion: string
  serverVersionNumber: number
  systemIdentifier: string | null
  serverStartedAt: string | null
  encoding: string
  extensions: readonly string[]
  roles: readonly string[]
  pgDumpVersion: string
  rawBytes: number
  databaseBytes?: number
  extensionVersions?: Readonly<Record<string, string>>
  locale?: DatabaseLocale
}

/** A way in which the scratch database differs from the source; what fails because of it proves nothing. */
export interface ScratchGap extends UncheckedPart {
  kind: 'collation' | 'extension'
  /** Of the collation or extension. */
  name: string
}

/** The major that a drill server needs at least. Tools from 17 on say things to the server that an older one does not know. */
export function majorFor(needs: Pick<ScratchNeeds, 'serverVersionNumber' | 'pgDumpVersion'>): number {
  const tools = Number.parseInt(needs.pgDumpVersion, 10)
  return Math.max(Math.floor(needs.serverVersionNumber / 10_000), tools >= 17 ? tools : 0)
}

interface ServerIdentity {
  identifier: string
  startedAt: string
}

/**
 * Throws AppError `drill-on-target` when the drill server is the cluster that the archive came from, one that holds any
 * target, or the control database's: what is done to a scratch database must never be able to reach one.
 */
export async function assertForeignCluster(
  ctx: Ctx,
  admin: postgres.Sql,
  needs: Pick<ScratchNeeds, 'systemIdentifier' | 'serverStartedAt' | 'databaseName'> | null,
): Promise<void> {
  const [server] = await admin<[ServerIdentity]>`
    select (select system_identifier::text from pg_catalog.pg_control_system()) as identifier,
      to_char(pg_catalog.pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "startedAt"`
  const registered = await ctx.db
    .select({ identifier: targets.systemIdentifier, name: targets.name })
    .from(targets)
  const [own] = await ctx.db.execute<{ same: boolean; source: boolean }>(sql`
    select pg_postmaster_start_time() = ${server.startedAt}::timestamptz as same,
      ${needs?.serverStartedAt ?? null}::timestamptz = ${server.startedAt}::timestamptz as source`)
  const target = registered.find((one) => one.identifier === server.identifier)
  const isSource = needs?.systemIdentifier === server.identifier || own!.source === true
  if (!target && !isSource && !own!.same) return
  const whose = target?.name ?? (isSource ? needs!.databaseName : 'the control database')
  throw new AppError('drill-on-target', `The drill server is the cluster of ${whose} itself.`, {
    kind: 'unavailable',
    hint: 'Drills need a server of their own; see HOLDFAST_DRILL_URL.',
  })
}

/** Throws AppError `drill-server-old` or `drill-extension`, with the command that helps. Returns what is there, but otherwise. */
export async function assertSuits(
  { admin }: DrillServer,
  needs: ScratchNeeds,
  leftOut: readonly string[] = [],
): Promise<ScratchGap[]> {
  const [server] = await admin<[{ version: string; number: number }]>`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number`
  const major = majorFor(needs)
  if (Math.floor(server.number / 10_000) < major) {
    throw new AppError(
      'drill-server-old',
      `The drill server runs ${server.version}; the archive is from ${needs.serverVersion}, dumped by ${needs.pgDumpVersion}.`,
      { kind: 'unavailable', hint: installServerCommand(major) },
    )
  }
  const wanted = needs.extensions.filter((name) => !leftOut.includes(name))
  const there = await admin<{ name: string; version: string }[]>`
    select name, default_version as version from pg_catalog.pg_available_extensions
    where name = any (${wanted as string[]})`
  const missing = wanted.filter((name) => !there.some((one) => one.name === name))
  if (missing.length > 0) {
    throw new AppError('drill-extension', `The drill server lacks: ${missing.join(', ')}.`, {
      kind: 'unavailable',
      hint: 'Install the extension there, or give another server by HOLDFAST_DRILL_URL.',
    })
  }
  return there.flatMap(({ name, version }): ScratchGap[] => {
    const source = needs.extensionVersions?.[name]
    if (!source || source === version) return []
    return [
      {
        kind: 'extension',
        name,
        what: `extension ${name} ${source}`,
        why: `The drill server makes it as ${version}.`,
        hint: `Install version ${source} on the drill server to drill with the same.`,
      },
    ]
  })
}

const asMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`

/** What a restore takes besides the tables and indexes: write-ahead log and sort files. */
const roomBesides = 256 * 1024 * 1024

/** What the copy will take on disk: what the original took, else a guess by its dump, in which indexes are one line each. */
export const predictBytes = ({ databaseBytes, rawBytes }: ScratchNeeds): number =>
  Math.max(databaseBytes ?? 0, Math.round(rawBytes * (databaseBytes ? 1.2 : 2.2))) + roomBesides

/** Throws AppError `drill-disk` when the copy will not fit. Of an operator's own server nobody knows; its restore fails then. */
export async function assertRoom({ directory }: DrillServer, needs: ScratchNeeds): Promise<void> {
  if (!directory) return
  const { bavail, bsize } = await statfs(directory)
  const [free, needed] = [bavail * bsize, predictBytes(needs)]
  if (free >= needed) return
  throw new AppError(
    'drill-disk',
    `The drill server has no room for the copy: about ${asMegabytes(needed)} needed, ${asMegabytes(free)} free.`,
    {
      kind: 'unavailable',
      hint: `Free space in ${directory}, or give a larger drill server by HOLDFAST_DRILL_URL.`,
    },
  )
}
