import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { type BreakableStage, createBreakableStage, markerStatement } from '#lib/testing/breakable-stage.ts'
import { createRandom } from '#lib/testing/random.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

const script = `create table public.people (id int primary key, name text);
  create table public.seats (id int primary key, person_id int not null references public.people (id));
  insert into public.people select n, 'p' || n from generate_series(1, 4000) n;
  insert into public.seats select n, n from generate_series(1, 4000) n`
const childScript = fileURLToPath(new URL('../testing/run-restore-job.ts', import.meta.url))
const [before, after] = [2 * 1000, 2 * 4000]

describe('a restore in place, whatever breaks while it runs,', () => {
  let stage: BreakableStage
  let snapshotId: string

  beforeAll(async () => {
    stage = await createBreakableStage(script)
    await stage.guard(['public.people', 'public.seats'])
    snapshotId = (await stage.take('snapshot')).id
  })
  beforeEach(async () => {
    await stage.direct('delete from public.seats where id > 1000; delete from public.people where id > 1000')
    await stage.direct('checkpoint')
  })
  afterEach(() => {
    stage.toTarget.mend()
    stage.toControl.mend()
  })

  const rows = async () =>
    (
      await stage.direct(
        'select (select count(*) from public.people)::int + (select count(*) from public.seats)::int as n',
      )
    )[0]!.n
  const prepare = async (): Promise<{ operation: OperationDetails; jobRunId: string }> => {
    const operation = await stage.restore({ source: { kind: 'snapshot', backupId: snapshotId } })
    expect(operation.error).toBeNull()
    return { operation, jobRunId: await stage.press(operation) }
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
    ['nine tenths of the way', markerStatement],
  ])('leaves every row as it was when the target’s server dies at %s', async (_, statement) => {
    const { operation, jobRunId } = await prepare()
    await stage.learnServer()
    stage.toTarget.whenSent(statement, stage.crash)
    await stage.work(jobRunId)
    expect((await stage.reload(operation)).status).not.toBe('succeeded')
    await stage.restart()
    await stage.settle()
    expect(await expectHonest(operation)).toBe('failed')
  })

  it('is decided by the target when its server dies at the COMMIT itself', async () => {
    const { operation, jobRunId } = await prepare()
    await stage.learnServer()
    stage.atCommit(operation, stage.crash)
    await stage.work(jobRunId)
    await stage.restart()
    await stage.settle()
    await expectHonest(operation)
  })

  it('has succeeded when the server dies after the COMMIT that nobody heard the answer to', async () => {
    const { operation, jobRunId } = await prepare()
    await stage.learnServer()
    stage.atCommit(operation, 'lose-answer')
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({
      status: 'running',
      error: { code: 'outcome-unknown' },
    })
    stage.crash()
    await stage.restart()
    await stage.settle()
    expect(await expectHonest(operation)).toBe('succeeded')
  })

  it('stays in doubt, and is not said to have failed, while the way to the target is cut at the COMMIT', async () => {
    for (const [cut, ends] of [
      ['lose-answer', 'succeeded'],
      ['cut-before', 'failed'],
    ] as const) {
      const { operation, jobRunId } = await prepare()
      stage.atCommit(operation, cut)
      await stage.work(jobRunId)
      await stage.settle()
      expect(await stage.reload(operation)).toMatchObject({
        status: 'running',
        error: { code: 'outcome-unknown' },
      })
      stage.toTarget.mend()
      await stage.settle()
      expect(await expectHonest(operation)).toBe(ends)
      await stage.direct(
        'delete from public.seats where id > 1000; delete from public.people where id > 1000',
      )
    }
  })

  it('ends without a row when the target ends its session in the middle of the writing', async () => {
    const { operation, jobRunId } = await prepare()
    const end = () =>
      void stage.direct(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast:restore-run'`,
      )
    stage.toTarget.whenSent('overriding system value', end)
    // Slow, so that the end comes while it writes.
    await stage.direct(`create function public.slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.01); return new; end';
      create trigger slow before insert on public.people for each row execute function public.slow()`)
    await stage.work(jobRunId)
    await stage.direct('drop trigger slow on public.people; drop function public.slow()')
    await stage.settle()
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
      const cut = () => stage.toControl.cut()
      if (ends === 'failed') stage.toTarget.whenSent('overriding system value', cut)
      else stage.atCommit(operation, cut)
      await stage.work(jobRunId).catch(() => 'could not be recorded')
      expect(await rows()).toBe(ends === 'failed' ? before : after)
      expect((await stage.reload(operation)).status).not.toBe('failed')
      stage.toControl.mend()
      await stage.takeOver(jobRunId)
      await stage.settle()
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
      await stage.direct(
        'delete from public.seats where id > 1000; delete from public.people where id > 1000',
      )
      await stage.direct('checkpoint')
      const { operation, jobRunId } = await prepare()
      await stage.learnServer()
      const waitMs = random.below(Math.ceil(wholeMs * 1.2))
      const wait = () => new Promise((resolve) => setTimeout(resolve, waitMs))
      if (kill % 2 === 0) {
        const working = stage.work(jobRunId)
        await wait()
        stage.crash()
        await working
        await stage.restart()
        await stage.settle()
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
        await stage.takeOver(jobRunId)
        await stage.settle()
      }
      await expectHonest(operation, `${random.seedText}, kill ${kill} after ${waitMs} ms`)
    }
  })
})
