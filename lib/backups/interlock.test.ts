import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { unwrap } from '#lib/errors.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { listTargetHolders, withTargetHold } from '#lib/targets/hold-target.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'

describe('archives and writers of one target', { timeout: 120_000 }, () => {
  let stage: BackupStage
  beforeAll(async () => {
    stage = await createBackupStage(`
      create table public.rows as
      select n as id, (select string_agg(md5(random()::text || n || i), '') from generate_series(1, 12) i) as body
      from generate_series(1, 20000) n`)
  })
  afterEach(() => {
    delete process.env.HOLDFAST_HOLD_SECONDS
  })

  const writer = () => ({
    targetId: stage.target.id,
    purpose: 'restore',
    subjectId: 'operation-1',
    mode: 'write' as const,
    waitMs: 0,
  })
  const holders = () => listTargetHolders(stage.store.db, stage.target.id)
  const request = async () =>
    unwrap(await requestBackup(stage.store.ctx, { target: stage.target.name, kind: 'archive' }))

  it('an archive waits until the operation that writes is done', async () => {
    const { jobRunId } = await request()
    let running: Promise<unknown> | undefined
    await withTargetHold(stage.store.ctx, writer(), async () => {
      running = stage.run(jobRunId)
      await expect
        .poll(async () => (await getJobRun(stage.store.db, jobRunId)).phase, { timeout: 20_000 })
        .toBe('hold')
      expect(await holders()).toMatchObject([{ purpose: 'restore', mode: 'write' }])
    })
    expect(await running).toMatchObject({ status: 'succeeded' })
  })

  it('an archive that has waited too long fails and names who writes', async () => {
    process.env.HOLDFAST_HOLD_SECONDS = '0.3'
    await withTargetHold(stage.store.ctx, writer(), async () => {
      const failed = await stage.take('archive')
      expect(failed).toMatchObject({ status: 'failed', error: { code: 'target-busy' } })
      expect(failed.error!.message).toMatch(/held by restore \(operator:tester@test, since /)
    })
  })

  it('nobody writes while an archive runs; the refusal and the list of holders name it', async () => {
    const { backupId, jobRunId } = await request()
    const running = stage.run(jobRunId)
    await expect.poll(async () => (await holders()).length, { timeout: 20_000, interval: 5 }).toBe(1)
    expect(await holders()).toMatchObject([{ purpose: 'archive', mode: 'read', subjectId: backupId }])
    await expect(withTargetHold(stage.store.ctx, writer(), async () => {})).rejects.toMatchObject({
      code: 'target-busy',
      message: expect.stringContaining('archive'),
    })
    expect(await running).toMatchObject({ status: 'succeeded' })
    expect(await holders()).toEqual([])
  })

  it('snapshots may be taken by the operation itself, while it holds the target', async () => {
    await withTargetHold(stage.store.ctx, writer(), async () => {
      expect((await stage.take('snapshot')).error?.code).not.toBe('target-busy')
    })
  })
})
