import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { AppError, unwrap } from '#lib/errors.ts'
import { firstAnswer } from '#lib/targets/explain-connection-error.ts'
import { connectToUrl, type SessionOptions } from '#lib/targets/open-target.ts'
import { getTarget, getTargetUrl } from '#lib/targets/queries.ts'
import { formatPlace, formatTargetUrl, parseTargetUrl } from '#lib/targets/target-url.ts'
import type { TargetSession } from '#lib/targets/types.ts'

/** The same server and account, another database. */
export const urlOfDatabase = (url: string, database: string): string =>
  formatTargetUrl({ ...unwrap(parseTargetUrl(url)), database })

/** Databases that every server has and that nobody keeps rows in. */
const maintenanceDatabases = ['postgres', 'template1'] as const

async function openFirst(
  url: string,
  own: string,
  options: SessionOptions,
): Promise<{ sql: postgres.Sql; version: number }> {
  let why: unknown
  for (const database of maintenanceDatabases.filter((name) => name !== own)) {
    const address = { ...unwrap(parseTargetUrl(url)), database }
    const sql = connectToUrl(formatTargetUrl(address), 'owner', options)
    try {
      const [row] = await firstAnswer(
        sql<{ version: string }[]>`select current_setting('server_version_num') as version`,
        formatPlace(address),
      )
      return { sql, version: Number(row!.version) }
    } catch (error) {
      await sql.end({ timeout: 1 })
      why ??= error
    }
  }
  // A server that cannot be reached at all says so in its own words; that is no question of rights.
  if (why instanceof AppError && why.code === 'target-unreachable') throw why
  throw new AppError(
    'maintenance-database',
    `Neither ${maintenanceDatabases.join(' nor ')} can be opened: ${(why as Error).message}`,
    {
      kind: 'unavailable',
      hint: 'Databases are made and renamed from beside them: grant connect on database postgres to the target’s owner role, and let it in by pg_hba.conf.',
      cause: why,
    },
  )
}

/**
 * Opens a session of the target's owner beside its database, in one that every server has, runs `work`, and closes it
 * whatever happens: a database can be made, renamed and dropped from there. Throws AppError `maintenance-database`, `target-*`.
 */
export async function withMaintenance<T>(
  ctx: Ctx,
  targetId: string,
  options: SessionOptions,
  work: (session: TargetSession) => Promise<T>,
): Promise<T> {
  const target = await getTarget(ctx.db, targetId)
  const url = await getTargetUrl(ctx, targetId, 'owner')
  const { sql, version } = await openFirst(url, target.databaseName, {
    statementTimeoutMs: 0,
    ...options,
  })
  try {
    return await work({ target, role: 'owner', sql, serverVersionNumber: version })
  } finally {
    await sql.end({ timeout: 5 })
  }
}
