import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import { actingExtensions } from '#lib/backups/archives/archive-list.ts'
import type { DrillServer } from '#lib/backups/drills/drill-server.ts'
import { createLikeSource } from '#lib/backups/drills/scratch-locale.ts'
import {
  assertForeignCluster,
  assertRoom,
  assertSuits,
  type ScratchGap,
  type ScratchNeeds,
} from '#lib/backups/drills/scratch-needs.ts'
import { dropMarkedRoles, makeNamedRoles, makeOwner } from '#lib/backups/drills/scratch-roles.ts'
import type { Ctx } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { formatTargetUrl, parseTargetUrl } from '#lib/targets/target-url.ts'

const prefix = 'holdfast_scratch_'
const lockKey = (database: string): string => `holdfast:scratch:${database}`
/** Whoever makes or drops roles and scratch databases does it alone. */
const turnKey = 'holdfast:scratch:turn'

export interface ScratchPlace {
  database: string
  /** The scratch database as its superuser. */
  url: string
  /** As whom the archive is restored: the superuser, or a role that may do nothing but own this database. */
  ownerUrl: string
  asOwner: boolean
  /** What the drill server has otherwise than the source. */
  gaps: ScratchGap[]
  serverVersion: string
}

/**
 * `owner`: what comes in may have been made by others. Nothing of it runs as a superuser, so that it can neither start
 * programs nor read files.
 */
export type RestoreAs = 'superuser' | 'owner'

export interface ScratchOptions {
  restoreAs?: RestoreAs
  /** When the work is done and cleaning up begins. */
  onCleanUp?: () => Promise<void>
}

/** Locks are held on the drill server itself, by the session that works there: they end with it, and hold for every installation that shares the server. */
async function lock(admin: postgres.Sql, how: string, key: string): Promise<boolean> {
  const [row] = await admin.unsafe(`select ${how}(pg_catalog.hashtextextended($1, 0)) as held`, [key])
  return row?.held === true
}

async function inTurn<T>(admin: postgres.Sql, work: () => Promise<T>): Promise<T> {
  await lock(admin, 'pg_advisory_lock', turnKey)
  try {
    return await work()
  } finally {
    await lock(admin, 'pg_advisory_unlock', turnKey)
  }
}

const listScratch = (admin: postgres.Sql) => admin<{ datname: string }[]>`
  select datname from pg_catalog.pg_database where datname ~ ${`^${prefix}[0-9a-f]{12}$`}`

async function sweep(admin: postgres.Sql): Promise<string[]> {
  const dropped: string[] = []
  for (const { datname } of await listScratch(admin)) {
    if (!(await lock(admin, 'pg_try_advisory_lock', lockKey(datname)))) continue
    await admin.unsafe(`drop database if exists ${quoteIdentifier(datname)} with (force)`)
    await lock(admin, 'pg_advisory_unlock', lockKey(datname))
    dropped.push(datname)
  }
  // A role may still be named in the database of a living drill; the last one takes them along.
  if ((await listScratch(admin)).length === 0) await dropMarkedRoles(admin)
  return dropped
}

/**
 * Removes the scratch databases and roles that no living process holds: what killed drills left. Refuses a server that
 * holds a target. Safe to repeat and to run beside living drills.
 */
export async function dropLeftOverScratch(ctx: Ctx, admin: postgres.Sql): Promise<string[]> {
  await assertForeignCluster(ctx, admin, null)
  return inTurn(admin, () => sweep(admin))
}

const withAccount = (url: string, user: string, password: string): string =>
  formatTargetUrl({ ...unwrap(parseTargetUrl(url)), user, password })

/**
 * An empty database on the drill server for the duration of `work`, as like the source's as the server can make one;
 * dropped whatever happens, and by the next drill when this process is killed.
 */
export async function withScratchDatabase<T>(
  ctx: Ctx,
  server: DrillServer,
  needs: ScratchNeeds,
  options: ScratchOptions,
  work: (place: ScratchPlace) => Promise<T>,
): Promise<T> {
  const { admin, urlFor } = server
  await assertForeignCluster(ctx, admin, needs)
  const gaps = await assertSuits(server, needs, actingExtensions)
  const database = `${prefix}${randomBytes(6).toString('hex')}`
  const url = urlFor(database)
  const asOwner = options.restoreAs === 'owner'
  let isFailed = false
  try {
    const place = await inTurn(admin, async (): Promise<ScratchPlace> => {
      await sweep(admin)
      await assertRoom(server, needs)
      await lock(admin, 'pg_advisory_lock', lockKey(database))
      await makeNamedRoles(admin, needs.roles)
      const password = asOwner ? await makeOwner(admin, database) : null
      gaps.push(...(await createLikeSource(admin, database, needs)))
      if (asOwner) await admin.unsafe(`alter database ${database} owner to ${database}`)
      return {
        database,
        url,
        ownerUrl: password === null ? url : withAccount(url, database, password),
        asOwner,
        gaps,
        serverVersion: server.version,
      }
    })
    return await work(place)
  } catch (error) {
    isFailed = true
    throw error
  } finally {
    await options.onCleanUp?.()
    await inTurn(admin, async () => {
      await lock(admin, 'pg_advisory_unlock', lockKey(database))
      await sweep(admin)
    }).catch((error: unknown) => {
      // A server that went away explains itself better by what failed first; the next drill sweeps.
      if (!isFailed) throw error
    })
  }
}
