import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { listBackups } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { sweepBackups } from '#lib/backups/sweep-backups.ts'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { createBackupStage } from '#lib/testing/backup-stage.ts'
import { createRandom } from '#lib/testing/random.ts'

const kills = 4

describe('a worker that is killed at any moment', { timeout: 300_000 }, () => {
  it('never leaves an archive that is listed as good and does not verify, nor harms the last good one', async () => {
    const random = createRandom()
    const stage = await createBackupStage(`
      create table public.rows as
      select n as id, repeat(md5(n::text || random()), 20) as body from generate_series(1, 20000) n`)
    const begun = Date.now()
    const good = await stage.take('archive')
    expect(good.error).toBeNull()
    const wholeMs = Date.now() - begun
    for (let kill = 0; kill < kills; kill++) {
      const { jobRunId } = unwrap(
        await requestBackup(stage.store.ctx, { target: stage.target.name, kind: 'archive' }),
      )
      const child = spawn(process.execPath, ['lib/testing/run-backup-job.ts', stage.store.url, jobRunId], {
        cwd: packageRoot,
        env: { ...process.env, HOLDFAST_LOG_LEVEL: 'silent' },
        stdio: 'ignore',
      })
      const ended = new Promise((resolve) => child.once('exit', resolve))
      // Counted from its first sign of life, so that the moments fall into the work and not into its start.
      await expect
        .poll(
          async () => {
            const [row] = await stage.store.db.$client`select status from job_runs where id = ${jobRunId}`
            return row?.status
          },
          { timeout: 60_000, interval: 20 },
        )
        .not.toBe('queued')
      await new Promise((resolve) => setTimeout(resolve, random.below(Math.ceil(wholeMs * 1.2))))
      child.kill('SIGKILL')
      await ended
      const listed = await listBackups(stage.store.db, { targetId: stage.target.id })
      for (const { id } of listed.filter(({ status }) => status === 'good').slice(0, 2))
        expect((await stage.verify(id)).run, random.seedText).toMatchObject({ status: 'succeeded' })
      // The next worker has it when the lease is over, or nobody asks for it any more.
      await expect
        .poll(
          async () => {
            const [row] = await stage.store.db.$client`
              select status <> 'running' or lease_until < now() as free from job_runs where id = ${jobRunId}`
            return row?.free
          },
          { timeout: 60_000 },
        )
        .toBe(true)
      await stage.run(jobRunId)
    }
    await sweepBackups(stage.store.ctx, stage.target.id)
    const all = await listBackups(stage.store.db, { targetId: stage.target.id })
    expect(
      all.map(({ status }) => status),
      random.seedText,
    ).toEqual(Array(kills + 1).fill('good'))
    for (const backup of all)
      expect((await stage.verify(backup.id)).run, random.seedText).toMatchObject({ status: 'succeeded' })
  })
})
