import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { migrateDb } from '#lib/db/migrate-db.ts'
import { unwrap } from '#lib/errors.ts'
import { createKeyRing } from '#lib/keys.ts'
import { type EmbeddedServer, startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'

const schemaSql = loadSql(new URL('./watch.sql', import.meta.url))

const countedTables = 10

/** What a person would watch: who is a member, the tables that matter, and nothing at night meanwhile. */
export const watchPolicy = (tables: number): PolicyInput => ({
  protectedTables: [{ table: 'public.users' }, { table: 'public.memberships' }],
  memberships: [
    {
      name: 'people',
      users: { table: 'public.users', key: 'id', label: 'mail', living: { deleted_at: null } },
      organizations: { table: 'public.organizations', key: 'id', label: 'title', living: { state: 'open' } },
      members: {
        table: 'public.memberships',
        user: 'user_id',
        organization: 'organization_id',
        active: { is_active: true },
        role: 'role',
      },
    },
  ],
  rowCounts: Array.from({ length: Math.min(countedTables, tables - 3) }, (_, i) => ({
    table: `public.items_${i + 1}`,
  })),
  codePatterns: [{ name: 'codes', table: 'public.items_1', column: 'code', patterns: { plain: 'C-[0-9]+' } }],
  // Backups would be measured with it: they have benches of their own.
  schedules: { snapshot: '0 0 1 1 *', archive: '0 0 1 1 *', drill: '0 0 1 1 *' },
})

export interface WatchStage {
  ctx: Ctx
  controlUrl: string
  key: string
  /** One for each target, all databases of one server, apart from the control database's. */
  targets: { id: string; name: string; database: string }[]
  /** A superuser at the targets' server. */
  admin: postgres.Sql
  /** CPU seconds that the targets' server has used so far, with every process that ended. */
  serverCpuSeconds(): number
  directory: string
}

const ticksPerSecond = 100

const statOf = (pid: number | string): string[] | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

/** User and system time of a process; with `ended`, of its children that are gone too. */
export function cpuSeconds(pid: number | string, ended = false): number {
  const fields = statOf(pid)
  if (!fields) return 0
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number)
  return (user! + system! + (ended ? endedUser! + endedSystem! : 0)) / ticksPerSecond
}

function cpuOfServer(postmaster: number): number {
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && statOf(name)?.[1] === String(postmaster),
  )
  return cpuSeconds(postmaster, true) + children.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
}

async function makeDatabases(
  admin: postgres.Sql,
  server: EmbeddedServer,
  { targets, tables, users }: { targets: number; tables: number; users: number },
): Promise<string[]> {
  await admin`create database watch_1`
  const sql = postgres(server.urlFor('watch_1'), { max: 1, onnotice: () => {} })
  await sql.unsafe(schemaSql.replaceAll('$tables', String(tables)).replaceAll('$users', String(users)))
  await sql.end()
  for (let i = 2; i <= targets; i++) await admin.unsafe(`create database watch_${i} template watch_1`)
  return Array.from({ length: targets }, (_, i) => `watch_${i + 1}`)
}

/** A control database and so many targets on another server; all gone afterwards. */
export async function withWatchStage<T>(
  size: { targets: number; tables: number; users: number },
  work: (stage: WatchStage) => Promise<T>,
): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  chmodSync(home, 0o755)
  const directory = join(home, 'data')
  mkdirSync(directory, { mode: 0o711 })
  const dataBefore = process.env.HOLDFAST_DATA
  process.env.HOLDFAST_DATA = directory
  const control = await startEmbeddedServer(join(home, 'control'))
  const server = await startEmbeddedServer(join(home, 'targets'), { quickAndUnsafe: true })
  const admin = postgres(server.urlFor('postgres'), { max: 1, onnotice: () => {} })
  const first = postgres(control.urlFor('postgres'), { max: 1, onnotice: () => {} })
  await first`create database control`
  await first.end()
  const key = Buffer.alloc(32, 5).toString('base64')
  const keys = createKeyRing(key)
  const controlUrl = control.urlFor('control')
  await migrateDb(controlUrl, keys)
  const db = openDb(controlUrl, { applicationName: 'holdfast:bench' })
  try {
    const ctx: Ctx = { db, keys, actor: { kind: 'operator', osUser: 'bench', host: 'bench' } }
    const databases = await makeDatabases(admin, server, size)
    const targets: WatchStage['targets'] = []
    for (const database of databases) {
      const name = database.replace('_', '-')
      const { id } = unwrap(
        await addTarget(ctx, {
          name,
          url: server.urlFor(database),
          environment: 'development',
          policy: watchPolicy(size.tables),
        }),
      )
      targets.push({ id, name, database })
    }
    const [row] = await admin<{ pid: string }[]>`
      select split_part(pg_read_file('postmaster.pid'), E'\n', 1) as pid`
    const postmaster = Number(row!.pid)
    return await work({
      ctx,
      controlUrl,
      key,
      targets,
      admin,
      serverCpuSeconds: () => cpuOfServer(postmaster),
      directory,
    })
  } finally {
    await admin.end({ timeout: 1 })
    await closeDb(db)
    await server.stop()
    await control.stop()
    rmSync(home, { recursive: true, force: true })
    if (dataBefore === undefined) delete process.env.HOLDFAST_DATA
    else process.env.HOLDFAST_DATA = dataBefore
  }
}
