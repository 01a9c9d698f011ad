import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { reconcileOperations } from '#lib/operations/reconcile-operations.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createDatabaseStage, type DatabaseStage } from '#lib/testing/database-stage.ts'
import { startTcpProxy, type TcpProxy } from '#lib/testing/tcp-proxy.ts'

const script = `create table public.orders (id int primary key);
  insert into public.orders select generate_series(1, 300)`

describe('a switch of names whose network is cut at the COMMIT', { timeout: 120_000 }, () => {
  let toTarget: TcpProxy
  let stage: DatabaseStage
  let restoreId: string

  beforeAll(async () => {
    const { hostname, port } = new URL(inject('serverUrl'))
    toTarget = await startTcpProxy(hostname, Number(port))
    cleanUp(() => toTarget.close())
    stage = await createDatabaseStage(script, { targetThrough: toTarget.urlThrough })
    const archiveId = (await stage.take('archive')).id
    await stage.target.sql`delete from public.orders where id > 200`
    restoreId = (await stage.restored(archiveId)).operation.id
  }, 120_000)

  const settle = async () => {
    const ended = { finishedAt: sql`now() - interval '1 minute'`, leaseUntil: null }
    await stage.store.db.update(jobRuns).set(ended).where(eq(jobRuns.status, 'failed'))
    for (const jobRunId of await reconcileOperations(stage.store.ctx)) await stage.work(jobRunId)
  }

  it.each([
    ['and it never arrived, has renamed nothing', 'cut-before', 'failed', 200],
    ['and nobody heard the answer, has succeeded', 'lose-answer', 'succeeded', 300],
  ] as const)('%s, and is in doubt until then', async (_, cut, ends, rows) => {
    const operation = await stage.planSwitch(restoreId)
    expect(operation.error).toBeNull()
    const jobRunId = await stage.press(operation)
    // The last thing that is said before the COMMIT of the renaming; other sessions commit before.
    toTarget.whenSent('comment on database', () => toTarget.whenSent('commit\0', cut))
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({
      status: 'running',
      error: { code: 'outcome-unknown' },
    })
    toTarget.mend()
    await settle()
    expect(await stage.reload(operation)).toMatchObject({ status: ends })
    const [row] = await stage.query(stage.live, 'select count(*)::int as n from public.orders')
    expect(row!.n).toBe(rows)
  })
})
