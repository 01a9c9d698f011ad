import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { reconcileOperations } from '#lib/operations/reconcile-operations.ts'
import { type EmbeddedServer, startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { createRandom } from '#lib/testing/random.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'
import { startTcpProxy, type TcpProxy } from '#lib/testing/tcp-proxy.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

const script = `create table public.people (id int primary key, name text);
  create table public.seats (id int primary key, person_id int not null references public.people (id));
  insert into public.people select n, 'p' || n from generate_series(1, 4000) n;
  insert into public.seats select n, n from generate_series(1, 4000) n`
const childScript = fileURLToPath(new URL('../testing/run-restore-job.ts', import.meta.url))
const marker = 'insert into holdfast.operation_markers'
const [before, after] = [2 * 1000, 2 * 4000]

describe('a restore in place, whatever breaks while it runs,', () => {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-faults-'))
  // Commits that nobody waits for are lost by a crash for as long as the log is not written: here, practically always.
  const settings = {
    synchronous_commit: 'off',
    wal_writer_delay: '10s',
    shared_buffers: '16MB',
    max_connections: '60',
  }
  const start = () => startEmbeddedServer(home, { quickAndUnsafe: true, settings })
  let server: EmbeddedServer
  let toTarget: TcpProxy
  let toControl: TcpProxy
  let stage: RestoreStage
  let snapshotId: string

  beforeAll(async () => {
    chmodSync(home, 0o755)
    server = await start()
    toTarget = await startTcpProxy('127.0.0.1', server.port)
    const control = new URL(inject('serverUrl'))
    toControl = await startTcpProxy(control.hostname, Number(control.port))
    stage = await createRestoreStage(script, {
      environment: 'development',
      server: server.urlFor('postgres'),
      targetThrough: toTarget.urlThrough,
      workerThrough: toControl.urlThrough,
    })
    afterAll(async () => {
      await toTarget.close()
      await toControl.close()
      await (await start()).stop()
      rmSync(home, { recursive: true, force: true })
    })
    await stage.guard(['public.people', 'public.seats'])
    snapshotId = (await stage.take('snapshot')).id
  })
  beforeEach(async () => {
    await direct('delete from public.seats where id > 1000; delete from public.people where id > 1000')
    await direct('checkpoint')
  })
  afterEach(() => {
    toTarget.mend()
    toControl.mend()
  })

  /** A session that nothing of the faults goes through. */
  async function direct(text: string): Promise<Record<string, unknown>[]> {
    const session = postgres(stage.target.url, { max: 1, onnotice: () => {} })
    try {
      return [...(await session.unsafe(text))]
    } finally {
      await session.end({ timeout: 1 })
    }
  }
  const rows = async () =>
    (
      await direct(
        'select (select count(*) from public.people)::int + (select count(*) from public.seats)::int as n',
      )
    )[0]!.n
  const prepare = async (): Promise<{ operation: OperationDetails; jobRunId: string }> => {
    const operation = await stage.restore({ source: { kind: 'snapshot', backupId: snapshotId } })
    expect(operation.error).toBeNull()
    return { operation, jobRunId: await stage.press(operation) }
  }
  /** The worker's rounds, as if a minute had gone by. */
  const settle = async () => {
    const ended = { finishedAt: sql`now() - interval '1 minute'`, leaseUntil: null }
    await stage.store.db.update(jobRuns).set(ended).where(eq(jobRuns.status, 'failed'))
    for (const jobRunId of await reconcileOperations(stage.store.ctx)) await stage.work(jobRunId)
  }
  const takeOver = async (jobRunId: string) => {
    await stage.store.db.update(jobRuns).set({ leaseUntil: sql`now()` }).where(eq(jobRuns.id, jobRunId))
    await stage.work(jobRunId)
  }

  let postmaster = 0
  async function learnPostmaster(): Promise<void> {
    const [row] = await direct(`select current_setting('data_directory') as place`)
    postmaster = Number(readFileSync(join(String(row!.place), 'postmaster.pid'), 'utf8').split('\n')[0])
  }
  /** What a power cut leaves: no server writes anything to its end. */
  const crash = () => {
    process.kill(postmaster, 'SIGQUIT')
    // A proxy whose server is gone takes connections all the same; a machine that is gone does not.
    setTimeout(() => toTarget.cut(), 50)
  }
  /** The driver has said COMMIT in this session before, and only names it now: what comes after the marker's values is it. */
  const atCommit = (operation: OperationDetails, then: Parameters<TcpProxy['whenSent']>[1]) =>
    toTarget.whenSent(marker, () => toTarget.whenSent(operation.id, () => toTarget.whenSent('', then)))
  async function restart(): Promise<void> {
    while (existsSync(`/proc/${postmaster}`)) await new Promise((resolve) => setTimeout(resolve, 20))
    await start()
    toTarget.mend()
  }

  /** The one promise: all rows and succeeded, or none and failed, as the target itself says. */
  async function expectHonest(operation: OperationDetails, hint?: string): Promise<string> {
    const { status, error } = await stage.reload(operation)
    const found = await rows()
    expect({ status, found, error: error?.code }, hint).toMatchObject(
      found === after ? { status: 'succeeded' } : { status: 'failed', found: before },
    )
    return status
  }

  it.each([
    ['a tenth of the way', 'share row exclusive mode'],
    ['half of the way', 'overriding system value'],
    ['nine tenths of the way', marker],
  ])('leaves every row as it was when the target’s server dies at %s', async (_, statement) => {
    const { operation, jobRunId } = await prepare()
    await learnPostmaster()
    toTarget.whenSent(statement, crash)
    await stage.work(jobRunId)
    expect((await stage.reload(operation)).status).not.toBe('succeeded')
    await restart()
    await settle()
    expect(await expectHonest(operation)).toBe('failed')
  })

  it('is decided by the target when its server dies at the COMMIT itself', async () => {
    const { operation, jobRunId } = await prepare()
    await learnPostmaster()
    atCommit(operation, crash)
    await stage.work(jobRunId)
    await restart()
    await settle()
    await expectHonest(operation)
  })

  it('has succeeded when the server dies after the COMMIT that nobody heard the answer to', async () => {
    const { operation, jobRunId } = await prepare()
    await learnPostmaster()
    atCommit(operation, 'lose-answer')
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({
      status: 'running',
      error: { code: 'outcome-unknown' },
    })
    crash()
    await restart()
    await settle()
    expect(await expectHonest(operation)).toBe('succeeded')
  })

  it('stays in doubt, and is not said to have failed, while the way to the target is cut at the COMMIT', async () => {
    for (const [cut, ends] of [
      ['lose-answer', 'succeeded'],
      ['cut-before', 'failed'],
    ] as const) {
      const { operation, jobRunId } = await prepare()
      atCommit(operation, cut)
      await stage.work(jobRunId)
      await settle()
      expect(await stage.reload(operation)).toMatchObject({
        status: 'running',
        error: { code: 'outcome-unknown' },
      })
      toTarget.mend()
      await settle()
      expect(await expectHonest(operation)).toBe(ends)
      await direct('delete from public.seats where id > 1000; delete from public.people where id > 1000')
    }
  })

  it('ends without a row when the target ends its session in the middle of the writing', async () => {
    const { operation, jobRunId } = await prepare()
    const end = () =>
      void direct(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast:restore-run'`,
      )
    toTarget.whenSent('overriding system value', end)
    // Slow, so that the end comes while it writes.
    await direct(`create function public.slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.01); return new; end';
      create trigger slow before insert on public.people for each row execute function public.slow()`)
    await stage.work(jobRunId)
    await direct('drop trigger slow on public.people; drop function public.slow()')
    await settle()
    expect(await stage.reload(operation)).toMatchObject({
      status: 'failed',
      error: { hint: 'Nothing was written.' },
    })
    expect(await rows()).toBe(before)
  })

  it.each([
    ['before the marker', 'failed'],
    ['at the COMMIT', 'succeeded'],
  ])(
    'ends cleanly when the control database goes away %s, and is settled when it is back',
    async (_, ends) => {
      const { operation, jobRunId } = await prepare()
      const cut = () => toControl.cut()
      if (ends === 'failed') toTarget.whenSent('overriding system value', cut)
      else atCommit(operation, cut)
      await stage.work(jobRunId).catch(() => 'could not be recorded')
      expect(await rows()).toBe(ends === 'failed' ? before : after)
      expect((await stage.reload(operation)).status).not.toBe('failed')
      toControl.mend()
      await takeOver(jobRunId)
      await settle()
      expect(await expectHonest(operation)).toBe(ends)
    },
  )

  it('is all or nothing, and says which, when the worker or the server is killed at any moment', async () => {
    const random = createRandom()
    const clean = await prepare()
    const begun = Date.now()
    await stage.work(clean.jobRunId)
    const wholeMs = Date.now() - begun
    expect(await expectHonest(clean.operation)).toBe('succeeded')
    for (let kill = 0; kill < 3; kill++) {
      await direct('delete from public.seats where id > 1000; delete from public.people where id > 1000')
      await direct('checkpoint')
      const { operation, jobRunId } = await prepare()
      await learnPostmaster()
      const waitMs = random.below(Math.ceil(wholeMs * 1.2))
      const wait = () => new Promise((resolve) => setTimeout(resolve, waitMs))
      if (kill % 2 === 0) {
        const working = stage.work(jobRunId)
        await wait()
        crash()
        await working
        await restart()
        await settle()
      } else {
        const child = spawn(process.execPath, [childScript, stage.store.url, jobRunId], {
          env: { ...process.env, HOLDFAST_LOG_LEVEL: 'fatal' },
          stdio: ['ignore', 'ignore', 'inherit'],
        })
        await expect
          .poll(async () => (await stage.reload(operation)).runJob!.phase, { timeout: 60_000, interval: 10 })
          .not.toBeNull()
        const exit = once(child, 'exit')
        await wait()
        child.kill('SIGKILL')
        await exit
        await takeOver(jobRunId)
        await settle()
      }
      await expectHonest(operation, `${random.seedText}, kill ${kill} after ${waitMs} ms`)
    }
  })
})
