import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { unwrap } from '#lib/errors.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { reconcileOperations } from '#lib/operations/reconcile-operations.ts'
import { type EmbeddedServer, startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createOperationStage, type OperationStage } from '#lib/testing/operation-stage.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

describe('when the target’s server is killed', () => {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-killed-'))
  let server: EmbeddedServer
  let stage: OperationStage
  const start = () =>
    startEmbeddedServer(home, { quickAndUnsafe: true, settings: { shared_buffers: '16MB' } })
  beforeAll(async () => {
    chmodSync(home, 0o711)
    // Registered first, so that it is done last: the stage drops its database on this server.
    cleanUp(async () => {
      await server.stop()
      rmSync(home, { recursive: true, force: true })
    })
    server = await start()
    stage = await createOperationStage({ targetServer: server.urlFor('postgres') })
  })

  const dataDirectory = async (): Promise<string> => {
    const [row] = await stage.sql`select current_setting('data_directory') as place`
    return row!.place
  }
  /** The postmaster dies without a word, its backends notice, and the server is started again. */
  async function killAndStart(data: string): Promise<void> {
    process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
    for (let attempt = 1; ; attempt++) {
      try {
        server = await start()
        return
      } catch (error) {
        if (attempt === 20) throw error
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }
  }
  const settle = async (operation: OperationDetails) => {
    await stage.store.db
      .update(jobRuns)
      .set({ finishedAt: sql`now() - interval '1 minute'` })
      .where(eq(jobRuns.status, 'failed'))
    for (const jobRunId of await reconcileOperations(stage.store.ctx)) await stage.work(jobRunId)
    return stage.reload(operation)
  }

  it('within the transaction, it comes back without a row, and the operation has failed', async () => {
    const operation = await stage.approved(stage.store.ctx, { wait: true })
    const { jobRunId } = unwrap(await stage.pressRun(stage.store.ctx, operation))
    const data = await dataDirectory()
    const working = stage.work(jobRunId)
    while ((await stage.reload(operation)).runJob?.phase !== 'append') {
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    await killAndStart(data)
    await working
    const settled = await settle(operation)
    expect(settled).toMatchObject({ status: 'failed' })
    expect(await stage.ledgerRows()).toBe(0)
  })

  it('after the commit, it comes back with every row, and the operation is never called failed', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const { jobRunId } = unwrap(await stage.pressRun(stage.store.ctx, operation))
    const data = await dataDirectory()
    const working = stage.work(jobRunId)
    while ((await stage.ledgerRows()) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await killAndStart(data)
    await working
    expect((await stage.reload(operation)).status).not.toBe('failed')
    const settled = await settle(operation)
    expect(settled).toMatchObject({ status: 'succeeded', result: { appended: 3 } })
    expect(await stage.ledgerRows()).toBe(3)
  })
})
