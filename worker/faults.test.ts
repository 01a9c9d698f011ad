import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { evaluateHoldfast } from '#lib/alerts/evaluate-holdfast.ts'
import type { Ctx } from '#lib/context.ts'
import { closeDb, type Db, openDb } from '#lib/db/client.ts'
import { migrateDb } from '#lib/db/migrate-db.ts'
import { getJobRun, listLiveWorkers } from '#lib/jobs/queries.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import type { JobKind, JobRun } from '#lib/jobs/types.ts'
import { createKeyRing } from '#lib/keys.ts'
import { type EmbeddedServer, startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { type RunningProgram, startProgram, waitFor } from '#lib/testing/program.ts'
import { startTcpProxy, type TcpProxy } from '#lib/testing/tcp-proxy.ts'
import { createTestDataDirectory } from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

const leaseSeconds = '2'
const limitSeconds = '3'

interface Stage {
  home: string
  server: EmbeddedServer
  db: Db
  ctx: Ctx
}

/** A control database on a server of its own, which a test may stop, fill up or make read-only. */
async function createStage(): Promise<Stage> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-faults-'))
  const start = () => startEmbeddedServer(home, { quickAndUnsafe: true })
  const server = await start()
  const admin = postgres(server.urlFor('postgres'), { max: 1, onnotice: () => {} })
  await admin`create database store`
  await admin.end()
  await migrateDb(server.urlFor('store'), createKeyRing(testKey))
  const db = openDb(server.urlFor('store'), { applicationName: 'test', maxConnections: 4 })
  await db.execute(sql`create table done_work (job_run_id uuid not null)`)
  const stage: Stage = {
    home,
    server,
    db,
    ctx: { db, actor: { kind: 'operator', osUser: 'tester', host: 'test' }, keys: createKeyRing(testKey) },
  }
  cleanUp(async () => {
    await closeDb(db)
    await stage.server.stop()
    rmSync(home, { recursive: true, force: true })
  })
  return stage
}

describe('a worker', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await createStage()
  }, 60_000)

  const startFaulty = async (url = stage.server.urlFor('store')): Promise<RunningProgram> => {
    const program = startProgram('lib/testing/faulty-worker.ts', [leaseSeconds, limitSeconds], {
      DATABASE_URL: url,
      HOLDFAST_DATA: createTestDataDirectory(),
    })
    await waitFor(
      'the worker to live',
      async () =>
        (await listLiveWorkers(stage.db)).some(({ workerId }) => workerId.endsWith(`:${program.pid}`)),
      60_000,
    ).catch((error) => {
      throw new Error(`${error.message}\n${program.output()}`)
    })
    return program
  }
  const request = (payload: object, kind: JobKind = 'kit.test', { ctx } = stage): Promise<string> =>
    ctx.db.transaction((tx) => requestJob(ctx, tx, { kind, targetId: null, payload: { ...payload } }))
  const ended = (id: string, { db } = stage): Promise<JobRun> =>
    waitFor(
      `the end of ${id}`,
      async () => {
        const run = await getJobRun(db, id).catch(() => null)
        return run && ['succeeded', 'failed', 'cancelled'].includes(run.status) ? run : null
      },
      60_000,
    )
  const timesDone = async (id: string): Promise<number> => {
    const [row] = await stage.db.execute<{ times: string }>(
      sql`select count(*) as times from done_work where job_run_id = ${id}`,
    )
    return Number(row!.times)
  }
  const stop = async (program: RunningProgram) => {
    program.child.kill('SIGTERM')
    await program.ended
  }
  const openAlerts = async () => {
    await evaluateHoldfast(stage.ctx)
    const rows = await stage.db.select().from(alerts).where(eq(alerts.status, 'firing'))
    return rows.map(({ fingerprint }) => fingerprint)
  }

  it('is not killed for ever by one run: it is given up, told of, and what ran beside it is done', {
    timeout: 120_000,
  }, async () => {
    const poison = await request({ act: 'die', ms: 400 })
    const beside = await Promise.all([1, 2, 3].map(() => request({ ms: 800 })))
    let deaths = 0
    let last: RunningProgram | null = null
    for (; deaths < 6; deaths++) {
      last = await startFaulty()
      const outcome = await Promise.race([last.ended, ended(poison).then(() => 'given up')])
      if (outcome === 'given up') break
    }
    expect(deaths).toBe(3)
    expect((await getJobRun(stage.db, poison)).error).toMatchObject({ code: 'gave-up' })
    for (const id of beside) expect((await ended(id)).status).toBe('succeeded')
    expect(await openAlerts()).toContain('holdfast:given-up:kit.test')
    await ended(await request({}))
    expect(await openAlerts()).not.toContain('holdfast:given-up:kit.test')
    await stop(last!)
  })

  describe('that goes on', () => {
    let worker: RunningProgram
    beforeAll(async () => {
      worker = await startFaulty()
    }, 60_000)
    const isTheSame = () => worker.child.exitCode === null && worker.child.signalCode === null

    it('gives up what never returns, in every place it has, and does the next', {
      timeout: 60_000,
    }, async () => {
      const hanging = await Promise.all(Array.from({ length: 6 }, () => request({ act: 'hang' })))
      const next = await request({})
      for (const id of hanging) expect((await ended(id)).error).toMatchObject({ code: 'took-too-long' })
      expect((await ended(next)).status).toBe('succeeded')
      expect(isTheSame()).toBe(true)
    })

    it('does each of a thousand waiting runs once, and heavy work does not stand behind them', {
      timeout: 120_000,
    }, async () => {
      const ids = await stage.db.transaction(async (tx) => {
        const made: string[] = []
        for (let n = 0; n < 1_000; n++) {
          made.push(await requestJob(stage.ctx, tx, { kind: 'kit.test', targetId: null, payload: {} }))
        }
        return made
      })
      const backup = await request({}, 'backups.take')
      expect((await ended(backup)).status).toBe('succeeded')
      const left = await stage.db.execute(sql`select 1 from job_runs where status = 'queued'`)
      expect(left.length).toBeGreaterThan(100)
      await waitFor(
        'all thousand',
        async () =>
          (
            await stage.db.execute(
              sql`select 1 from job_runs where status <> 'succeeded' and id = any(${sql.raw(`array['${ids.join("','")}']::uuid[]`)})`,
            )
          ).length === 0,
        110_000,
      )
      const twice = await stage.db.execute(
        sql`select job_run_id from done_work group by 1 having count(*) > 1`,
      )
      expect(twice).toEqual([])
      expect(isTheSame()).toBe(true)
    })

    it('does what ran and what waits after its database was restarted under it', {
      timeout: 90_000,
    }, async () => {
      const during = await request({ ms: 1_500 })
      await waitFor('the run to begin', async () => (await getJobRun(stage.db, during)).status === 'running')
      await stage.server.stop()
      stage.server = await startEmbeddedServer(stage.home, { quickAndUnsafe: true })
      const after = await request({})
      expect((await ended(after)).status).toBe('succeeded')
      expect((await ended(during)).status).toBe('succeeded')
      expect(await timesDone(after)).toBe(1)
      expect(isTheSame()).toBe(true)
    })

    it('works again once there are connections for it, after there were none', {
      timeout: 90_000,
    }, async () => {
      const others: postgres.Sql[] = []
      const hog = async (): Promise<boolean> => {
        const session = postgres(stage.server.urlFor('postgres'), {
          max: 1,
          onnotice: () => {},
          idle_timeout: 0,
        })
        try {
          await session`select 1`
          others.push(session)
          return true
        } catch {
          await session.end({ timeout: 0 })
          return false
        }
      }
      const waiting = await request({ ms: 10 })
      // Whatever connection it loses, another takes: it has none left.
      await stage.db.execute(
        sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'holdfast:%'`,
      )
      while (await hog()) {}
      const id = await request({})
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      await Promise.all(others.map((session) => session.end({ timeout: 0 })))
      expect((await ended(id)).status).toBe('succeeded')
      expect((await ended(waiting)).status).toBe('succeeded')
      expect(isTheSame()).toBe(true)
      await stop(worker)
    })
  })

  it('goes over to the new primary when the old one turned read-only, and loses no request', {
    timeout: 120_000,
  }, async () => {
    const fresh = await createStage()
    const portOf = (url: string) => Number(new URL(url).port)
    const proxy: TcpProxy = await startTcpProxy('127.0.0.1', portOf(stage.server.urlFor('store')))
    cleanUp(() => proxy.close())
    // The same account at both ends, as after a failover.
    for (const { db } of [stage, fresh]) {
      await db.execute(sql`create role failover superuser login password 'pw'`)
    }
    const url = new URL(stage.server.urlFor('store'))
    url.username = 'failover'
    url.password = 'pw'
    const worker = await startFaulty(proxy.urlThrough(url.toString()))
    expect((await ended(await request({}))).status).toBe('succeeded')
    await stage.db.execute(sql`alter system set default_transaction_read_only = on`)
    await stage.db.execute(sql`select pg_reload_conf()`)
    const id = await request({}, 'kit.test', fresh)
    proxy.lead(portOf(fresh.server.urlFor('store')))
    expect((await ended(id, fresh)).status).toBe('succeeded')
    expect(worker.child.exitCode).toBeNull()
    await stop(worker)
  })
})
