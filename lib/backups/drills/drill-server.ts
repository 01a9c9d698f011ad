import { globSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { dataDirectory } from '#lib/env.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { isServerRunning, startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { embeddedMajor, findServerBinaries, installServerCommand } from '#lib/servers/find-server-binaries.ts'
import { formatTargetUrl, parseTargetUrl } from '#lib/targets/target-url.ts'

export interface DrillServer {
  /** The server's superuser in one of its databases. */
  urlFor(database: string): string
  /** One session in its database `postgres`: what it locks is locked as long as this process lives. */
  admin: postgres.Sql
  version: string
  /** Where its data lie, when it is our own. */
  directory: string | null
}

const usageKey = (home: string): string => `holdfast:drill-server:use:${home}`
const turnKey = 'holdfast:drill-server:turn'

/** A server of the operator's own for drills, by `HOLDFAST_DRILL_URL`; its user must be a superuser. */
function givenServer(given: string): (database: string) => string {
  const address = parseTargetUrl(given)
  if (!address.ok) {
    throw new AppError('drill-url-malformed', `HOLDFAST_DRILL_URL: ${address.refusal.reason}`, {
      kind: 'unavailable',
      hint: address.refusal.hint,
    })
  }
  return (database) => formatTargetUrl({ ...address.value, database })
}

const connectAdmin = (url: string): postgres.Sql =>
  postgres(url, {
    max: 1,
    connect_timeout: 10,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
    connection: { application_name: 'holdfast:drill', statement_timeout: 0 },
  })

async function withAdmin<T>(
  urlFor: (database: string) => string,
  isOwn: boolean,
  work: (server: DrillServer) => Promise<T>,
): Promise<T> {
  const admin = connectAdmin(urlFor('postgres'))
  try {
    const [row] = await admin<[{ version: string; place: string }]>`
      select current_setting('server_version') as version, current_setting('data_directory') as place`.catch(
      (cause) => {
        throw new AppError('drill-server-down', `The drill server does not answer: ${messageOf(cause)}`, {
          kind: 'unavailable',
          hint: 'Check HOLDFAST_DRILL_URL, or unset it to use the embedded server.',
          cause,
        })
      },
    )
    return await work({ urlFor, admin, version: row.version, directory: isOwn ? row.place : null })
  } finally {
    await admin.end({ timeout: 5 })
  }
}

/** Nothing on it outlives a drill, so it writes no more than it must; and it neither sends nor receives anything by itself. */
const settings: Record<string, string> = {
  max_connections: '40',
  max_locks_per_transaction: '1024',
  shared_buffers: '256MB',
  maintenance_work_mem: '256MB',
  work_mem: '32MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '1h',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  max_logical_replication_workers: '0',
  autovacuum: 'off',
  jit: 'off',
}

interface OwnServer {
  home: string
  start(): ReturnType<typeof startEmbeddedServer>
}

/** The server that Holdfast brings, or for a newer major one of those installed on this machine. */
function ownServer(major: number): OwnServer {
  const start = (home: string, extra: Record<string, string>, bin?: string) =>
    startEmbeddedServer(home, {
      settings: { ...settings, ...extra },
      quickAndUnsafe: true,
      ...(bin ? { bin } : {}),
    })
  if (major <= embeddedMajor) {
    const home = join(dataDirectory(), 'drill')
    return { home, start: () => start(home, {}) }
  }
  const found = findServerBinaries(major)
  if (!found)
    throw new AppError(
      'drill-server-old',
      `The archive needs a drill server of version ${major} or newer; the embedded one is ${embeddedMajor}, and no other is installed here.`,
      { kind: 'unavailable', hint: installServerCommand(major) },
    )
  const home = join(dataDirectory(), `drill-${found.major}`)
  return { home, start: () => start(home, { shared_preload_libraries: '' }, found.bin) }
}

type Lock = (how: string, key: string) => Promise<boolean>

async function withLocks<T>({ db }: Ctx, work: (lock: Lock) => Promise<T>): Promise<T> {
  const session = await db.$client.reserve()
  try {
    return await work(async (how, key) => {
      const [row] = await session.unsafe(`select ${how}(hashtextextended($1, 0)) as held`, [key])
      return row?.held === true
    })
  } finally {
    session.release()
  }
}

async function withOwnServer<T>(
  ctx: Ctx,
  own: OwnServer,
  work: (server: DrillServer) => Promise<T>,
): Promise<T> {
  return withLocks(ctx, async (lock) => {
    // One process at a time starts or stops it; any number use it.
    await lock('pg_advisory_lock', turnKey)
    let server: Awaited<ReturnType<typeof startEmbeddedServer>>
    try {
      server = await own.start()
      await lock('pg_advisory_lock_shared', usageKey(own.home))
    } finally {
      await lock('pg_advisory_unlock', turnKey)
    }
    try {
      return await withAdmin(server.urlFor, true, work)
    } finally {
      await lock('pg_advisory_lock', turnKey)
      await lock('pg_advisory_unlock_shared', usageKey(own.home))
      if (await lock('pg_try_advisory_lock', usageKey(own.home))) {
        await server.stop()
        await lock('pg_advisory_unlock', usageKey(own.home))
      }
      await lock('pg_advisory_unlock', turnKey)
    }
  })
}

/**
 * The server that scratch databases are made on, of at least this major: one of our own, started when needed and stopped by
 * the last of its users, or the operator's. Throws AppError of kind `unavailable` when there is none.
 */
export async function withDrillServer<T>(
  ctx: Ctx,
  work: (server: DrillServer) => Promise<T>,
  major: number = embeddedMajor,
): Promise<T> {
  const given = process.env.HOLDFAST_DRILL_URL
  if (given) return withAdmin(givenServer(given), false, work)
  return withOwnServer(ctx, ownServer(major), work)
}

/**
 * Does `work` on every drill server that nobody uses but that may hold what killed drills left: our own that still run,
 * which are stopped afterwards, and the operator's.
 */
export async function onIdleDrillServers(
  ctx: Ctx,
  work: (server: DrillServer) => Promise<void>,
): Promise<void> {
  const given = process.env.HOLDFAST_DRILL_URL
  if (given) await withAdmin(givenServer(given), false, work)
  for (const home of globSync(join(dataDirectory(), 'drill{,-*}'))) {
    if (!(await isServerRunning(home))) continue
    const major = Number(/-(\d+)$/.exec(home)?.[1] ?? embeddedMajor)
    await withLocks(ctx, async (lock) => {
      // Somebody who uses it will clean up and stop it.
      if (!(await lock('pg_try_advisory_lock', usageKey(home)))) return
      await lock('pg_advisory_unlock', usageKey(home))
      await withOwnServer(ctx, ownServer(major), work)
    })
  }
}
