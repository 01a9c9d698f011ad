import postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { firstAnswer } from '#lib/targets/explain-connection-error.ts'
import { getTarget, getTargetUrl } from '#lib/targets/queries.ts'
import { parseTargetUrl, type SslMode } from '#lib/targets/target-url.ts'
import type { Target, TargetRole, TargetSession } from '#lib/targets/types.ts'

export interface SessionOptions {
  /** Shown in the target's pg_stat_activity: `holdfast:<purpose>`. */
  purpose: string
  statementTimeoutMs?: number
  lockTimeoutMs?: number
  maxConnections?: number
}

const readOnlyRoles: readonly TargetRole[] = ['watch', 'backup']

const statementTimeoutsMs: Record<TargetRole, number> = {
  watch: 5_000,
  owner: 60_000,
  guard: 60_000,
  backup: 0,
  restore: 0,
}

const asText = (settings: Record<string, number | boolean>): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([setting, value]) => [setting, String(value)]))

/** What postgres.js is to do about TLS; it verifies the certificate only for `verify-full`. */
const tlsOf: Record<SslMode, false | 'prefer' | 'require' | 'verify-full'> = {
  disable: false,
  prefer: 'prefer',
  require: 'require',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
}

/**
 * A postgres.js client for a target's URL with the session settings every Holdfast session has.
 * Settings go in the start-up packet, so they hold before the first statement and win over role and database settings.
 */
export function connectToUrl(url: string, role: TargetRole, options: SessionOptions): postgres.Sql {
  // Never the URL itself: postgres.js leaves its database undecoded and lets its parameters win over these settings.
  const { host, port, database, user, password, sslMode } = unwrap(parseTargetUrl(url))
  return postgres({
    // Its types know only text, but a list is taken as well, and only a list leaves an IPv6 address whole.
    host: [host] as unknown as string,
    port: [port] as unknown as number,
    database,
    username: user,
    password,
    ssl: tlsOf[sslMode],
    max: options.maxConnections ?? 1,
    connect_timeout: 10,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
    connection: {
      application_name: `holdfast:${options.purpose}`.slice(0, 63),
      // As text throughout: postgres.js leaves 0 and false out of the packet.
      ...asText({
        statement_timeout: options.statementTimeoutMs ?? statementTimeoutsMs[role],
        lock_timeout: options.lockTimeoutMs ?? 5_000,
        idle_in_transaction_session_timeout: 0,
        default_transaction_read_only: readOnlyRoles.includes(role),
        // Hidden rows become an error, never a smaller number (superusers and BYPASSRLS are not affected).
        row_security: false,
      }),
      search_path: 'pg_catalog',
      // One spelling of every value, so that checksums and comparisons of text mean the same everywhere.
      TimeZone: 'UTC',
      DateStyle: 'ISO, YMD',
      IntervalStyle: 'iso_8601',
      extra_float_digits: 3,
      bytea_output: 'hex',
      client_encoding: 'UTF8',
    },
  })
}

/**
 * Time-outs that the role or the database may have for its sessions, and that would end long work: a session of a restore
 * waits while an archive is restored elsewhere. Not in the start-up packet, where older servers would refuse them.
 */
async function liftTimeouts(sql: postgres.Sql, role: TargetRole, serverVersionNumber: number): Promise<void> {
  if (role === 'watch' || serverVersionNumber < 140_000) return
  await sql.unsafe('set idle_session_timeout = 0')
  if (serverVersionNumber >= 170_000) await sql.unsafe('set transaction_timeout = 0')
}

/**
 * Opens a session in a target as a role, runs `work`, closes it whatever happens.
 * Needs the key ring, so the web process cannot. Throws AppError `target-*` with a hint when it cannot connect.
 */
export async function withTarget<T>(
  ctx: Ctx,
  targetId: string,
  role: TargetRole,
  options: SessionOptions,
  work: (session: TargetSession) => Promise<T>,
): Promise<T> {
  const target: Target = await getTarget(ctx.db, targetId)
  const url = await getTargetUrl(ctx, targetId, role)
  const sql = connectToUrl(url, role, options)
  try {
    const [row] = await firstAnswer(
      sql<{ version: string }[]>`select current_setting('server_version_num') as version`,
      `${target.host}:${target.port}/${target.databaseName}`,
    )
    const serverVersionNumber = Number(row!.version)
    await liftTimeouts(sql, role, serverVersionNumber)
    return await work({ target, role, sql, serverVersionNumber })
  } finally {
    await sql.end({ timeout: 5 })
  }
}
