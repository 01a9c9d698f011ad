import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import { targets } from '#drizzle/schema/targets.ts'
import type { DrillServer } from '#lib/backups/drill-server.ts'
import type { ArchiveManifest } from '#lib/backups/types.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'

const prefix = 'holdfast_scratch_'
const lockKey = (database: string): string => `holdfast:scratch:${database}`

/**
 * Throws AppError `drill-on-target` when the drill server is the cluster that the archive came from, or one that holds
 * any target: what is done to a scratch database must never be able to reach one.
 */
async function assertForeignCluster(ctx: Ctx, admin: postgres.Sql, manifest: ArchiveManifest): Promise<void> {
  const [server] = await admin<{ identifier: string; started: boolean }[]>`
    select (select system_identifier::text from pg_catalog.pg_control_system()) as identifier,
      pg_catalog.pg_postmaster_start_time() = ${manifest.serverStartedAt}::timestamptz as started`
  const registered = await ctx.db
    .select({ identifier: targets.systemIdentifier, name: targets.name })
    .from(targets)
  const target = registered.find((one) => one.identifier === server!.identifier)
  if (manifest.systemIdentifier !== server!.identifier && !server!.started && !target) return
  throw new AppError(
    'drill-on-target',
    `The drill server is the cluster of ${target?.name ?? manifest.databaseName} itself.`,
    { kind: 'unavailable', hint: 'Drills need a server of their own; see HOLDFAST_DRILL_URL.' },
  )
}

async function assertSuits(admin: postgres.Sql, manifest: ArchiveManifest): Promise<void> {
  const [server] = await admin<{ version: string; number: number; missing: string[] }[]>`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
      array(select e from unnest(${manifest.extensions}::text[]) e
            where e not in (select name from pg_catalog.pg_available_extensions)) as missing`
  if (Math.floor(server!.number / 10_000) < Math.floor(manifest.serverVersionNumber / 10_000)) {
    throw new AppError(
      'drill-server-old',
      `The drill server runs ${server!.version}; the archive is from ${manifest.serverVersion}.`,
      { kind: 'unavailable', hint: 'Give a server of that version or newer by HOLDFAST_DRILL_URL.' },
    )
  }
  if (server!.missing.length > 0) {
    throw new AppError('drill-extension', `The drill server lacks: ${server!.missing.join(', ')}.`, {
      kind: 'unavailable',
      hint: 'Install the extension there, or give another server by HOLDFAST_DRILL_URL.',
    })
  }
}

/** Removes the scratch databases that no living process holds: what killed drills left. Safe to repeat. */
export async function dropLeftOverScratch(ctx: Ctx, admin: postgres.Sql): Promise<string[]> {
  const names = await admin<{ datname: string }[]>`
    select datname from pg_catalog.pg_database where datname ~ ${`^${prefix}[0-9a-f]{12}$`}`
  const dropped: string[] = []
  const session = await ctx.db.$client.reserve()
  try {
    for (const { datname } of names) {
      const [row] =
        await session`select pg_try_advisory_lock(hashtextextended(${lockKey(datname)}, 0)) as held`
      if (row?.held !== true) continue
      await admin.unsafe(`drop database if exists ${quoteIdentifier(datname)} with (force)`)
      await session`select pg_advisory_unlock(hashtextextended(${lockKey(datname)}, 0))`
      dropped.push(datname)
    }
  } finally {
    session.release()
  }
  return dropped
}

/** Roles that definitions name must exist; they may do nothing. Returns those that were made. */
async function makeRoles(admin: postgres.Sql, roles: readonly string[]): Promise<string[]> {
  const there = await admin<{ rolname: string }[]>`
    select rolname from pg_catalog.pg_roles where rolname = any (${roles as string[]})`
  const missing = roles.filter((role) => !there.some(({ rolname }) => rolname === role))
  for (const role of missing) await admin.unsafe(`create role ${quoteIdentifier(role)} nologin`)
  return missing
}

/**
 * An empty database on the drill server for the duration of `work`, of the encoding that the archive has; dropped
 * whatever happens, and by the next drill when this process is killed.
 */
export async function withScratchDatabase<T>(
  ctx: Ctx,
  { admin, urlFor }: DrillServer,
  manifest: ArchiveManifest,
  work: (url: string) => Promise<T>,
): Promise<T> {
  await assertForeignCluster(ctx, admin, manifest)
  await assertSuits(admin, manifest)
  await dropLeftOverScratch(ctx, admin)
  const database = `${prefix}${randomBytes(6).toString('hex')}`
  const session = await ctx.db.$client.reserve()
  try {
    await session`select pg_advisory_lock(hashtextextended(${lockKey(database)}, 0))`
    const roles = await makeRoles(admin, manifest.roles)
    try {
      const locale = manifest.encoding === 'UTF8' ? '' : ` lc_collate 'C' lc_ctype 'C'`
      await admin.unsafe(
        `create database ${database} template template0 encoding '${manifest.encoding}'${locale}`,
      )
      return await work(urlFor(database))
    } finally {
      await admin.unsafe(`drop database if exists ${database} with (force)`)
      // Another scratch database may name the role too; then the drill of that one leaves it.
      for (const role of roles)
        await admin.unsafe(`drop role if exists ${quoteIdentifier(role)}`).catch(() => {})
      await session`select pg_advisory_unlock(hashtextextended(${lockKey(database)}, 0))`
    }
  } finally {
    session.release()
  }
}
