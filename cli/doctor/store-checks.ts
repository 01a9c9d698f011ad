import { sql } from 'drizzle-orm'
import { bad, type Check, good } from '#cli/doctor/types.ts'
import { getSoloMode } from '#lib/auth/solo-mode.ts'
import type { Ctx } from '#lib/context.ts'
import { webRoleWorks } from '#lib/db/grant-web-role.ts'
import { assertStoreVersion, migrationHashes } from '#lib/db/migrate-db.ts'
import { listLiveWorkers } from '#lib/jobs/queries.ts'
import type { KeyRing } from '#lib/keys.ts'
import { findTools, installCommand } from '#lib/servers/find-tools.ts'
import { getTargetUrl, listTargets } from '#lib/targets/queries.ts'

const longestWaitSeconds = 60
const mostSkewMs = 5000

/** Whether the control database is there and of this version. Nothing else can be looked at without it. */
export async function checkStore(url: string): Promise<Check> {
  const has = await assertStoreVersion(url)
  const wants = migrationHashes().length
  if (has < wants) {
    return bad('control database', `It has ${has} of ${wants} migrations.`, 'Run: holdfast migrate')
  }
  const { host, pathname } = new URL(url)
  return good('control database', `${pathname.slice(1)} at ${host}, ${has} migrations`)
}

export async function checkWebRole(url: string, keys: KeyRing): Promise<Check> {
  if (await webRoleWorks(url, keys)) return good('trust zones', 'The web part has an account of its own.')
  return bad(
    'trust zones',
    'The web part has no account of its own: whoever takes it over reads the sealed credentials.',
    'Let the control database’s account create roles (alter role … createrole), then run: holdfast migrate',
  )
}

/** Solo mode is allowed, and said each time: it is the state in which nobody else looks. */
export async function checkSoloMode({ db }: Ctx): Promise<Check> {
  const { on, since, by, reason } = await getSoloMode(db)
  if (!on) return good('two persons', 'An operation that needs approval takes two persons.')
  return {
    ...good(
      'two persons',
      `SOLO MODE since ${since?.toISOString()} by ${by}: one person alone may act (${reason}).`,
    ),
    hint: 'When there are two: holdfast users solo off --reason R',
  }
}

export async function checkQueue({ db }: Ctx): Promise<Check> {
  const [row] = await db.execute<{ waiting: number; oldest: number }>(sql`
    select count(*)::int as waiting, coalesce(extract(epoch from now() - min(created_at)), 0)::int as oldest
    from job_runs where status = 'queued'`)
  const { waiting, oldest } = row!
  return oldest > longestWaitSeconds
    ? bad('queue', `${waiting} jobs wait, the oldest for ${oldest} s.`, 'Is a worker running? npm start')
    : good('queue', `${waiting} jobs wait`)
}

export async function checkWorkers({ db }: Ctx): Promise<Check> {
  const workers = await listLiveWorkers(db)
  if (workers.length === 0) {
    return bad('workers', 'No worker runs: schedules rest, and requests wait.', 'Start one: npm start')
  }
  return good('workers', workers.map(({ workerId, running }) => `${workerId} (${running} jobs)`).join(', '))
}

export async function checkClock({ db }: Ctx): Promise<Check> {
  const asked = Date.now()
  const [row] = await db.execute<{ ms: string }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms`,
  )
  const skewMs = Math.round(Number(row!.ms) - (asked + Date.now()) / 2)
  return Math.abs(skewMs) > mostSkewMs
    ? bad('clock', `This machine and the control database differ by ${skewMs} ms.`, 'Run NTP on both.')
    : good('clock', `${skewMs} ms between this machine and the control database`)
}

/** Whether the key opens what is sealed, and whether a pg_dump is new enough, for each target. */
export async function checkTargets(ctx: Ctx): Promise<Check[]> {
  const checks: Check[] = []
  for (const target of await listTargets(ctx.db)) {
    const name = `target ${target.name}`
    const major = Math.floor(target.serverVersionNumber / 10_000)
    const opens = await getTargetUrl(ctx, target.id, 'owner').then(
      () => true,
      () => false,
    )
    if (!opens) {
      checks.push(
        bad(
          name,
          'Its credential cannot be opened with the key at hand.',
          'Use the HOLDFAST_KEY it was added with.',
        ),
      )
    } else if (!findTools(major)) {
      checks.push(bad(name, `No pg_dump for PostgreSQL ${target.serverVersion}.`, installCommand(major)))
    } else checks.push(good(name, `PostgreSQL ${target.serverVersion}; credential and pg_dump fit`))
  }
  return checks
}
