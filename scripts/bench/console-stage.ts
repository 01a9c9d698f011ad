import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode } from 'next-auth/jwt'
import postgres from 'postgres'
import { controlDatabaseUrl, loadKeyRing, packageRoot } from '#lib/env.ts'

/** The product as people start it, serving at `url`. */
export interface Console {
  url: string
  /** The control database, as its owner. */
  sql: postgres.Sql
  /** The CPU time that the web process has used so far, in milliseconds. */
  webCpuMs(): number
  /** Lines of the database server's log that were written by the web's reads since this was called last. */
  takeStatements(): Promise<string[]>
  /** Cookies of so many sessions of a new person of this role. */
  signIn(role: 'viewer' | 'admin' | 'commander', sessions: number): Promise<string[]>
  close(): Promise<void>
}

const readyWithinMs = 900_000
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * A console to measure: the one that runs at HOLDFAST_BENCH_URL on the data of HOLDFAST_DATA, else one started on a fresh
 * data directory, which builds the pages first.
 */
export async function openConsole({ port, demo }: { port: number; demo: boolean }): Promise<Console> {
  const running = process.env.HOLDFAST_BENCH_URL
  const url = running ?? `http://localhost:${port}`
  if (!running) {
    process.env.HOLDFAST_DATA = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
    // The embedded server's account has to pass through it.
    chmodSync(process.env.HOLDFAST_DATA, 0o711)
  }
  const data = process.env.HOLDFAST_DATA!
  const main = join(packageRoot, 'cli/main.ts')
  const started = running
    ? null
    : spawn(process.execPath, [main, 'start', '--port', String(port), ...(demo ? [] : ['--no-demo'])], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
  await untilReady(url, () => started !== null && started.exitCode !== null)
  const sql = postgres(controlDatabaseUrl(), { max: 2, onnotice: () => {} })
  return {
    url,
    sql,
    webCpuMs: () => cpuMsOf(findWebProcess(url)),
    takeStatements: await logStatements(sql, join(data, 'postgres/cluster/server.log')),
    signIn: (role, sessions) => signInAs(sql, role, sessions),
    async close() {
      await sql.end({ timeout: 1 })
      if (!started) return
      started.kill('SIGTERM')
      await new Promise((resolve) => (started.exitCode === null ? started.once('exit', resolve) : resolve(0)))
      rmSync(data, { recursive: true, force: true })
    },
  }
}

async function untilReady(url: string, hasEnded: () => boolean): Promise<void> {
  const until = Date.now() + readyWithinMs
  const answers = () =>
    fetch(`${url}/api/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await answers())) {
    if (hasEnded() || Date.now() > until) throw new Error('the console did not start')
    await rest(500)
  }
}

/** The web process, by what its environment says; Linux only, like the measuring of its time. */
function findWebProcess(url: string): number {
  const isWeb = (pid: string): boolean => {
    try {
      const own = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      return own.includes('HOLDFAST_ROLE=web') && own.includes(`NEXTAUTH_URL=${url}`)
    } catch {
      // It has ended, or is somebody else's.
      return false
    }
  }
  const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && isWeb(entry))
  if (!pid) throw new Error('the web process was not found')
  return Number(pid)
}

const msPerTick = 10

function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * msPerTick
}

/** Has the database server write down each statement of the web process, and reads what it wrote. */
async function logStatements(sql: postgres.Sql, file: string): Promise<() => Promise<string[]>> {
  const [web] =
    await sql`select usename as role from pg_stat_activity where application_name = 'holdfast:web' limit 1`
  if (!web) throw new Error('the web process has no connection to the control database')
  await sql.unsafe(`alter system set log_line_prefix = '%a|'`)
  await sql`select pg_reload_conf()`
  await sql.unsafe(`alter role "${web.role}" set log_statement = 'all'`)
  // The setting holds from the next sign-in on.
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast:web'`
  let read = statSync(file).size
  return async () => {
    await rest(200)
    const text = readFileSync(file).subarray(read).toString()
    read += Buffer.byteLength(text)
    return text.split('\n').filter((line) => /^holdfast:web\|.*(execute|statement)/.test(line))
  }
}

async function signInAs(sql: postgres.Sql, role: string, sessions: number): Promise<string[]> {
  const email = `bench-${randomBytes(4).toString('hex')}@example.com`
  const [user] = await sql`
    insert into users (email, name, role, created_by) values (${email}, 'Bench', ${role}, 'bench')
    returning id, session_version`
  const rows = await sql`
    insert into sessions (user_id, session_version, expires_at)
    select ${user!.id}, ${user!.session_version}, now() + interval '3 hours' from generate_series(1, ${sessions})
    returning id`
  const secret = loadKeyRing().derive('next-auth').toString('base64url')
  return Promise.all(
    rows.map(async ({ id }) => `holdfast-session=${await encode({ token: { sid: id }, secret })}`),
  )
}
