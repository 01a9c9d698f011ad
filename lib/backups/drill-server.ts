import { join } from 'node:path'
import postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { dataDirectory } from '#lib/env.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { formatTargetUrl, parseTargetUrl } from '#lib/targets/target-url.ts'

export interface DrillServer {
  /** The server's superuser in one of its databases. */
  urlFor(database: string): string
  admin: postgres.Sql
}

const useKey = 'holdfast:drill-server:use'
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
    onnotice: () => {},
    connection: { application_name: 'holdfast:drill', statement_timeout: 0 },
  })

async function withAdmin<T>(
  urlFor: (database: string) => string,
  work: (server: DrillServer) => Promise<T>,
): Promise<T> {
  const admin = connectAdmin(urlFor('postgres'))
  try {
    await admin`select 1`.catch((cause) => {
      throw new AppError('drill-server-down', `The drill server does not answer: ${messageOf(cause)}`, {
        kind: 'unavailable',
        hint: 'Check HOLDFAST_DRILL_URL, or unset it to use the embedded server.',
        cause,
      })
    })
    return await work({ urlFor, admin })
  } finally {
    await admin.end({ timeout: 5 })
  }
}

/**
 * The server that scratch databases are made on: an embedded one of its own, started when needed and stopped by the
 * last of its users, or the operator's. Throws AppError of kind `unavailable` when there is none.
 */
export async function withDrillServer<T>(ctx: Ctx, work: (server: DrillServer) => Promise<T>): Promise<T> {
  const given = process.env.HOLDFAST_DRILL_URL
  if (given) return withAdmin(givenServer(given), work)

  const session = await ctx.db.$client.reserve()
  const lock = async (how: string, key: string): Promise<boolean> => {
    const [row] = await session.unsafe(`select ${how}(hashtextextended($1, 0)) as held`, [key])
    return row?.held === true
  }
  try {
    // One process at a time starts or stops it; any number use it.
    await lock('pg_advisory_lock', turnKey)
    let server: Awaited<ReturnType<typeof startEmbeddedServer>>
    try {
      server = await startEmbeddedServer(join(dataDirectory(), 'drill'), {
        settings: { max_connections: '40', max_wal_size: '2GB' },
        quickAndUnsafe: true,
      })
      await lock('pg_advisory_lock_shared', useKey)
    } finally {
      await lock('pg_advisory_unlock', turnKey)
    }
    try {
      return await withAdmin(server.urlFor, work)
    } finally {
      await lock('pg_advisory_lock', turnKey)
      await lock('pg_advisory_unlock_shared', useKey)
      if (await lock('pg_try_advisory_lock', useKey)) {
        await server.stop()
        await lock('pg_advisory_unlock', useKey)
      }
      await lock('pg_advisory_unlock', turnKey)
    }
  } finally {
    session.release()
  }
}
