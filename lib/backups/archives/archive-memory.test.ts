import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { getBackup } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { workerNodeFlags } from '#worker/node-flags.ts'

const megabyte = 1 << 20

/** Takes an archive in a process of its own; the most memory that it had. */
async function peakOf(stage: BackupStage): Promise<number> {
  const { backupId, jobRunId } = unwrap(
    await requestBackup(stage.store.ctx, { target: stage.target.name, kind: 'archive' }),
  )
  const child = spawn(
    process.execPath,
    [...workerNodeFlags, 'lib/testing/run-backup-job.ts', stage.store.url, jobRunId],
    { cwd: packageRoot, env: process.env, stdio: 'ignore' },
  )
  let peak = 0
  const look = () => {
    const path = `/proc/${child.pid}/status`
    if (!existsSync(path)) return
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1]
    if (kilobytes) peak = Math.max(peak, Number(kilobytes) * 1024)
  }
  const timer = setInterval(look, 10)
  await new Promise((resolve) => child.once('exit', resolve))
  clearInterval(timer)
  expect(await getBackup(stage.store.db, backupId)).toMatchObject({ status: 'good' })
  return peak
}

describe('an archive’s memory', { timeout: 240_000 }, () => {
  it('does not grow with the database: fifty times the rows take no more', async () => {
    const stage = await createBackupStage(`
      create table public.rows (id int, body text);
      insert into public.rows select n, (select string_agg(md5(n::text || i), '') from generate_series(1, 30) i)
      from generate_series(1, 1500) n`)
    const small = await peakOf(stage)
    await stage.target.sql`
      insert into public.rows select n, (select string_agg(md5(n::text || i), '') from generate_series(1, 30) i)
      from generate_series(1501, 80000) n`
    const large = await peakOf(stage)
    // 80 MB went through; a process of the same kind differs by some megabytes from run to run.
    expect(large - small).toBeLessThan(60 * megabyte)
    expect(large).toBeLessThan(300_000_000)
  })
})
