import { eq, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { unwrap } from '#lib/errors.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { reconcileOperations } from '#lib/operations/reconcile-operations.ts'
import { describeState } from '#lib/operations/state-words.ts'
import { createOperationStage, type OperationStage } from '#lib/testing/operation-stage.ts'
import { startTcpProxy, type TcpProxy } from '#lib/testing/tcp-proxy.ts'

vi.setConfig({ testTimeout: 90_000 })

/** What a client sends to commit: the end of a statement in the wire protocol. */
const commit = 'commit\0'

describe('when connections break, an operation', () => {
  let toTarget: TcpProxy
  let toControl: TcpProxy
  let stage: OperationStage
  beforeAll(async () => {
    const { hostname, port } = new URL(inject('serverUrl'))
    toTarget = await startTcpProxy(hostname, Number(port))
    toControl = await startTcpProxy(hostname, Number(port))
    stage = await createOperationStage({
      targetThrough: toTarget.urlThrough,
      workerThrough: toControl.urlThrough,
    })
  })
  beforeEach(async () => {
    await stage.sql`truncate public.ledger, public.go_on`
  })
  afterEach(() => {
    toTarget.mend()
    toControl.mend()
  })
  afterAll(async () => {
    await toTarget.close()
    await toControl.close()
  })

  const press = async (operation: OperationDetails) =>
    unwrap(await stage.pressRun(stage.store.ctx, operation)).jobRunId
  const ended = { finishedAt: sql`now() - interval '1 minute'`, leaseUntil: null }
  /** The worker's rounds, as if a minute had gone by. */
  const settle = async () => {
    await stage.store.db.update(jobRuns).set(ended).where(eq(jobRuns.status, 'failed'))
    for (const jobRunId of await reconcileOperations(stage.store.ctx)) await stage.work(jobRunId)
  }
  const takeOver = async (jobRunId: string) => {
    await stage.store.db.update(jobRuns).set({ leaseUntil: sql`now()` }).where(eq(jobRuns.id, jobRunId))
    await stage.work(jobRunId)
  }
  const openSessions = async (): Promise<number> => {
    const [row] = await stage.sql<{ open: number }[]>`
      select count(*)::int as open from pg_stat_activity
      where datname = current_database() and application_name = 'holdfast:append-rows-run' and state like 'idle in%'`
    return row!.open
  }
  const until = async (holds: () => Promise<boolean>) => {
    for (let look = 0; look < 400; look++) {
      if (await holds()) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error('waited in vain')
  }
  const stateOf = async (operation: OperationDetails) => {
    const now = await stage.reload(operation)
    return { status: now.status, word: describeState(now, new Date()).word, code: now.error?.code ?? null }
  }

  it('that lost the answer to its COMMIT is in doubt, never failed, and done once the marker can be read', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const jobRunId = await press(operation)
    toTarget.whenSent(commit, 'lose-answer')
    await stage.work(jobRunId)
    expect(await stage.ledgerRows()).toBe(3)
    const doubt = { status: 'running', word: 'in doubt', code: 'outcome-unknown' }
    expect(await stateOf(operation)).toEqual(doubt)
    await settle()
    expect(await stateOf(operation)).toEqual(doubt)
    expect(await stage.pressRun(stage.store.ctx, operation)).toMatchObject({
      refusal: { code: 'already-running' },
    })
    toTarget.mend()
    await settle()
    expect(await stage.reload(operation)).toMatchObject({
      status: 'succeeded',
      result: { appended: 3 },
      error: null,
    })
    expect(await stage.ledgerRows()).toBe(3)
  })

  it('that lost the answer on a line that is back at once asks the marker itself, and succeeds', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const jobRunId = await press(operation)
    toTarget.whenSent(commit, 'lose-one')
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({
      status: 'succeeded',
      result: { appended: 3 },
      error: null,
    })
    expect(await stage.ledgerRows()).toBe(3)
  })

  it('whose COMMIT never arrived is in doubt, and failed without a row once the target answers', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const jobRunId = await press(operation)
    toTarget.whenSent(commit, 'cut-before')
    await stage.work(jobRunId)
    expect(await stateOf(operation)).toMatchObject({ status: 'running', word: 'in doubt' })
    toTarget.mend()
    await settle()
    expect(await stateOf(operation)).toMatchObject({ status: 'failed', code: 'interrupted' })
    expect(await stage.ledgerRows()).toBe(0)
  })

  it('whose session the target ends half-way has written nothing, and says so', async () => {
    const operation = await stage.approved(stage.store.ctx, { wait: true })
    const working = stage.work(await press(operation))
    await until(async () => (await openSessions()) === 1)
    await stage.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'holdfast:append-rows-run'`
    await working
    expect(await stateOf(operation)).toMatchObject({ status: 'failed' })
    expect((await stage.reload(operation)).error?.hint).toBe('Nothing was written.')
    expect(await stage.ledgerRows()).toBe(0)
  })

  it('ends cleanly in the target when the control database goes away before the marker: nothing written', async () => {
    const operation = await stage.approved(stage.store.ctx, { wait: true })
    const jobRunId = await press(operation)
    const working = stage.work(jobRunId).catch(() => 'could not be recorded')
    await until(async () => (await stage.reload(operation)).runJob?.phase === 'append')
    toControl.cut()
    await stage.sql`insert into public.go_on default values`
    await working
    await until(async () => (await openSessions()) === 0)
    expect(await stage.ledgerRows()).toBe(0)
    toControl.mend()
    expect(await stage.reload(operation)).toMatchObject({ status: 'running' })
    await takeOver(jobRunId)
    expect(await stateOf(operation)).toMatchObject({ status: 'failed', code: 'interrupted' })
    expect(await stage.ledgerRows()).toBe(0)
  })

  it('that committed while the control database was gone is found in the target, and succeeds', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const jobRunId = await press(operation)
    toTarget.whenSent(commit, () => toControl.cut())
    await stage.work(jobRunId).catch(() => 'could not be recorded')
    expect(await stage.ledgerRows()).toBe(3)
    expect((await stage.reload(operation)).status).not.toBe('failed')
    toControl.mend()
    await takeOver(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({ status: 'succeeded', result: { appended: 3 } })
    expect(await stage.ledgerRows()).toBe(3)
  })
})
