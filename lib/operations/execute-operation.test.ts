import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { operations } from '#drizzle/schema/operations.ts'
import { unwrap } from '#lib/errors.ts'
import { cancelJob } from '#lib/jobs/cancel-job.ts'
import { cancelOperation } from '#lib/operations/cancel-operation.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { reconcileOperations } from '#lib/operations/reconcile-operations.ts'
import { withTargetHold } from '#lib/targets/hold-target.ts'
import { createOperationStage, type OperationStage } from '#lib/testing/operation-stage.ts'
import { createRandom } from '#lib/testing/random.ts'

// Processes of their own take seconds each on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const childScript = fileURLToPath(new URL('../testing/run-one-job.ts', import.meta.url))

describe('running', () => {
  let stage: OperationStage
  beforeAll(async () => {
    stage = await createOperationStage()
  })
  beforeEach(async () => {
    await stage.sql`truncate public.ledger, public.go_on`
  })

  const press = async (operation: OperationDetails) =>
    unwrap(await stage.pressRun(stage.store.ctx, operation)).jobRunId
  const until = async (holds: () => Promise<boolean>) => {
    for (let look = 0; look < 400; look++) {
      if (await holds()) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error('waited in vain')
  }
  /** Lets a process of its own work on the job; resolves to how it ended. */
  function workInChild(jobRunId: string, failPoint = '') {
    const child = spawn(process.execPath, [childScript, stage.store.url, jobRunId], {
      env: { ...process.env, HOLDFAST_FAILPOINT: failPoint, HOLDFAST_LOG_LEVEL: 'fatal' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return { child, ended: once(child, 'exit') as Promise<[number | null, string | null]> }
  }
  const endLease = (jobRunId: string) =>
    stage.store.db.update(jobRuns).set({ leaseUntil: sql`now()` }).where(eq(jobRuns.id, jobRunId))

  it('writes what was approved, once, leaves the marker, proves it and tells the story', async () => {
    const operation = await stage.approved(stage.store.ctx)
    await stage.work(await press(operation))
    expect(await stage.ledgerRows()).toBe(3)
    const done = await stage.reload(operation)
    expect(done).toMatchObject({ status: 'succeeded', result: { appended: 3 }, error: null })
    expect(done.events.map((event) => event.status)).toEqual([
      'requested',
      'awaiting-approval',
      'approved',
      'running',
      'verifying',
      'succeeded',
    ])
    expect(done.runJob?.phases.map((phase) => phase.name)).toEqual(['hold', 'append', 'verify'])
    const markers = await stage.sql`
      select fingerprint from holdfast.operation_markers where operation_id = ${operation.id}`
    expect(markers).toMatchObject([{ fingerprint: operation.fingerprint }])
  })

  it('refuses when the database changed since the approval, and writes nothing', async () => {
    const operation = await stage.approved(stage.store.ctx)
    await stage.sql`insert into public.ledger default values`
    await stage.work(await press(operation))
    expect(await stage.reload(operation)).toMatchObject({
      status: 'refused',
      error: { code: 'plan-stale', message: expect.stringContaining('changed') },
    })
    expect(await stage.ledgerRows()).toBe(1)
    const markers =
      await stage.sql`select from holdfast.operation_markers where operation_id = ${operation.id}`
    expect(markers).toHaveLength(0)
  })

  it('cannot be replayed: a run operation does not run again, whatever its row is made to say', async () => {
    const operation = await stage.approved(stage.store.ctx)
    await stage.work(await press(operation))
    await stage.store.db
      .update(operations)
      .set({ status: 'approved', runBy: sql`now() + interval '15 minutes'` })
      .where(eq(operations.id, operation.id))
    await stage.sql`delete from public.ledger`
    await stage.work(await press(operation))
    expect(await stage.ledgerRows()).toBe(0)
  })

  it('reconciles as succeeded what was killed after the target committed', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const jobRunId = await press(operation)
    const { ended } = workInChild(jobRunId, 'operations.after-commit:kill')
    expect((await ended)[1]).toBe('SIGKILL')
    expect(await stage.ledgerRows()).toBe(3)
    expect(await stage.reload(operation)).toMatchObject({ status: 'running' })
    await endLease(jobRunId)
    await stage.work(jobRunId)
    expect(await stage.ledgerRows()).toBe(3)
    expect(await stage.reload(operation)).toMatchObject({ status: 'succeeded', result: { appended: 3 } })
  })

  it('records as failed what was killed before the target committed, and does not try again', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const jobRunId = await press(operation)
    const { ended } = workInChild(jobRunId, 'operations.before-commit:kill')
    expect((await ended)[1]).toBe('SIGKILL')
    await endLease(jobRunId)
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({ status: 'failed', error: { code: 'interrupted' } })
    expect(await stage.ledgerRows()).toBe(0)
  })

  it('stops a worker that woke up after another settled its operation', async () => {
    const operation = await stage.approved(stage.store.ctx, { wait: true })
    const jobRunId = await press(operation)
    const { child, ended } = workInChild(jobRunId)
    const openRows = () => stage.sql`
      select from pg_stat_activity where application_name = 'holdfast:append-rows-run' and state like 'idle in%'`
    await until(async () => (await openRows()).length === 1)
    child.kill('SIGSTOP')
    await endLease(jobRunId)
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({ status: 'failed' })
    await stage.sql`insert into public.go_on default values`
    child.kill('SIGCONT')
    await ended
    expect(await stage.ledgerRows()).toBe(0)
    expect(await stage.reload(operation)).toMatchObject({ status: 'failed' })
  })

  it('does not run while an archive is taken from the target, and can then be run again', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const archive = {
      targetId: stage.target.id,
      purpose: 'archive',
      subjectId: 'test',
      mode: 'read' as const,
    }
    const jobRunId = await press(operation)
    await withTargetHold(stage.store.ctx, archive, () => stage.work(jobRunId))
    expect(await stage.ledgerRows()).toBe(0)
    const back = await stage.reload(operation)
    expect(back).toMatchObject({ status: 'approved' })
    expect(back.events.at(-1)?.note).toContain('archive')
    await stage.work(await press(operation))
    expect(await stage.reload(operation)).toMatchObject({ status: 'succeeded' })
  })

  it('ends a cancelled run without having written anything', async () => {
    const operation = await stage.approved(stage.store.ctx, { wait: true })
    const jobRunId = await press(operation)
    const working = stage.work(jobRunId)
    await until(async () => (await stage.reload(operation)).runJob?.phase === 'append')
    unwrap(await cancelOperation(stage.store.ctx, { operationId: operation.id }))
    await working
    expect(await stage.reload(operation)).toMatchObject({ status: 'cancelled' })
    expect(await stage.ledgerRows()).toBe(0)
  })

  it('says that rows are written when the proof does not hold', async () => {
    const operation = await stage.approved(stage.store.ctx, { brokenProof: true })
    await stage.work(await press(operation))
    expect(await stage.reload(operation)).toMatchObject({
      status: 'failed',
      error: { code: 'verification-failed', message: expect.stringContaining('committed') },
      result: { appended: 3 },
    })
  })

  it('is either before or after, and says which, when killed at any moment', async () => {
    const random = createRandom()
    // Six sixths of a run, which takes a few hundred milliseconds in the child; within each a moment by chance.
    for (const sixth of [0, 1, 2, 3, 4, 5]) {
      const afterMs = sixth * 65 + random.below(65)
      const when = `killed after ${afterMs} ms; ${random.seedText}`
      const operation = await stage.approved(stage.store.ctx)
      const before = await stage.ledgerRows()
      const jobRunId = await press(operation)
      const { child, ended } = workInChild(jobRunId)
      await once(child.stdout!, 'data')
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      child.kill('SIGKILL')
      await ended
      await endLease(jobRunId)
      await stage.work(jobRunId)
      const { status } = await stage.reload(operation)
      const written = (await stage.ledgerRows()) - before
      expect(['succeeded', 'failed'], when).toContain(status)
      // A job that nobody had begun yet is simply done by the next worker.
      expect(written, when).toBe(status === 'succeeded' ? 3 : 0)
    }
  }, 240_000)

  it('settles a run whose job ended without an outcome', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const jobRunId = await press(operation)
    const { ended } = workInChild(jobRunId, 'operations.after-commit:kill')
    await ended
    await stage.store.db
      .update(jobRuns)
      .set({ status: 'failed', finishedAt: sql`now() - interval '1 minute'` })
      .where(eq(jobRuns.id, jobRunId))
    const filed = await Promise.all([
      reconcileOperations(stage.store.ctx),
      reconcileOperations(stage.store.ctx),
    ])
    expect(filed.flat()).toHaveLength(1)
    // Cancelling the settling settles nothing: the rows are written.
    unwrap(await cancelJob(stage.store.ctx, { jobRunId: filed.flat()[0]! }))
    await stage.store.db.update(jobRuns).set({ finishedAt: sql`now() - interval '1 minute'` })
    const again = await reconcileOperations(stage.store.ctx)
    expect(again).toHaveLength(1)
    await stage.work(again[0]!)
    expect(await stage.reload(operation)).toMatchObject({ status: 'succeeded' })
  })

  it('closes a run whose job was cancelled before anybody began it', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const jobRunId = await press(operation)
    unwrap(await cancelJob(stage.store.ctx, { jobRunId }))
    await stage.store.db
      .update(jobRuns)
      .set({ finishedAt: sql`now() - interval '1 minute'` })
      .where(eq(jobRuns.id, jobRunId))
    expect(await reconcileOperations(stage.store.ctx)).toEqual([])
    expect(await stage.reload(operation)).toMatchObject({ status: 'cancelled' })
  })

  it('does not begin a run that waited for a worker until its time was over', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const jobRunId = await press(operation)
    await stage.store.db
      .update(operations)
      .set({ runBy: sql`now() - interval '2 minutes'` })
      .where(eq(operations.id, operation.id))
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({ status: 'expired' })
    expect(await stage.ledgerRows()).toBe(0)
  })
})
