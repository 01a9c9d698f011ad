import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { listBackups } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { sweepBackups } from '#lib/backups/sweep-backups.ts'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { cancelJob } from '#lib/jobs/cancel-job.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'

const slowMs = 90_000

const script = `
  create table public.rows (id int primary key, body text);
  insert into public.rows select n, repeat(md5(n::text), 30) from generate_series(1, 40000) n`

/** Waits for a state instead of for a time. */
async function until<T>(look: () => Promise<T | false> | T | false): Promise<T> {
  for (let attempt = 0; attempt < 2_000; attempt++) {
    const seen = await look()
    if (seen) return seen
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('the awaited state did not come')
}

describe('a worker that dies while it takes an archive', { timeout: slowMs }, () => {
  let stage: BackupStage
  beforeAll(async () => {
    stage = await createBackupStage(script)
  })

  const request = async () =>
    unwrap(await requestBackup(stage.store.ctx, { target: stage.target.name, kind: 'archive' }))

  const startChild = (jobRunId: string, failPoint = ''): { child: ChildProcess; ended: Promise<unknown> } => {
    const child = spawn(process.execPath, ['lib/testing/run-backup-job.ts', stage.store.url, jobRunId], {
      cwd: packageRoot,
      env: { ...process.env, HOLDFAST_FAILPOINT: failPoint, HOLDFAST_LOG_LEVEL: 'silent' },
      stdio: 'ignore',
    })
    return { child, ended: new Promise((resolve) => child.once('exit', resolve)) }
  }

  const files = () => {
    const directory = join(stage.data, 'archives', stage.target.id)
    return existsSync(directory) ? readdirSync(directory).sort() : []
  }
  const listed = async (backupId: string) =>
    (await listBackups(stage.store.db, { targetId: stage.target.id })).find(({ id }) => id === backupId)!

  /** A dead worker's lease ends by the clock of the database; then anybody may take the work. */
  const leaseOver = (jobRunId: string) =>
    until(async () => {
      const [row] = await stage.store.db.$client`
        select lease_until < now() as over from job_runs where id = ${jobRunId}`
      return row?.over === true
    })

  it.each([
    'backups.before-dump',
    'backups.mid-dump',
    'stores.after-fsync',
    'stores.before-rename',
    'stores.after-rename',
    'backups.after-archive',
    'backups.before-manifest',
    'backups.after-manifest',
  ])('killed at %s: nothing is listed as good, and the retry makes one good archive', async (place) => {
    const { backupId, jobRunId } = await request()
    await startChild(jobRunId, `${place}:kill`).ended
    expect(await listed(backupId)).toMatchObject({ status: 'running', verification: null })
    await leaseOver(jobRunId)
    expect(await stage.run(jobRunId)).toMatchObject({ status: 'succeeded' })
    expect(await listed(backupId)).toMatchObject({ status: 'good', verification: 'listed' })
    // What the dead one left is swept by whoever takes the next one.
    await sweepBackups(stage.store.ctx, stage.target.id)
    expect(files().filter((name) => name.startsWith(backupId))).toEqual([
      `${backupId}-2.dump.zst.age`,
      `${backupId}-2.globals.sql.zst.age`,
      `${backupId}-2.manifest.json`,
    ])
    expect((await stage.verify(backupId)).run).toMatchObject({ status: 'succeeded' })
  })

  it('killed in the middle of the dump: its partial file is never an archive, and is swept', async () => {
    const { backupId, jobRunId } = await request()
    const { child, ended } = startChild(jobRunId)
    await until(() => files().some((name) => name.startsWith(backupId) && name.endsWith('.partial')))
    child.kill('SIGKILL')
    await ended
    expect(await listed(backupId)).toMatchObject({ status: 'running', verification: null })
    await stage.store.db.$client`update job_runs set status = 'failed' where id = ${jobRunId}`
    expect(await stage.take('archive')).toMatchObject({ status: 'good' })
    expect(await listed(backupId)).toMatchObject({ status: 'failed', error: { code: 'worker-died' } })
    expect(files().filter((name) => name.startsWith(backupId))).toEqual([])
  })

  it('stopped for longer than its lease and woken up again: it writes nothing any more, and one archive is there', async () => {
    const { backupId, jobRunId } = await request()
    const { child, ended } = startChild(jobRunId)
    await until(() => files().some((name) => name.startsWith(backupId) && name.endsWith('.partial')))
    child.kill('SIGSTOP')
    await leaseOver(jobRunId)
    expect(await stage.run(jobRunId)).toMatchObject({ status: 'succeeded' })
    const [before] = await stage.store.db.$client`select * from backups where id = ${backupId}`
    child.kill('SIGCONT')
    await ended
    const [after] = await stage.store.db.$client`select * from backups where id = ${backupId}`
    expect(after).toEqual(before)
    expect(files().filter((name) => name.startsWith(backupId))).toEqual([
      `${backupId}-2.dump.zst.age`,
      `${backupId}-2.globals.sql.zst.age`,
      `${backupId}-2.manifest.json`,
    ])
    expect((await stage.verify(backupId)).run).toMatchObject({ status: 'succeeded' })
  })

  it('never sweeps a finished archive of which no record is left', async () => {
    const archive = await stage.take('archive')
    await stage.store.db.$client`delete from backup_copies where backup_id = ${archive.id}`
    await stage.store.db.$client`delete from backups where id = ${archive.id}`
    await stage.take('archive')
    await sweepBackups(stage.store.ctx, stage.target.id)
    expect(files().filter((name) => name.startsWith(archive.id))).toHaveLength(3)
  })

  it('cancelled in the middle: failed, no file left, and the target’s session is gone', async () => {
    const { backupId, jobRunId } = await request()
    const running = stage.run(jobRunId)
    await until(() => files().some((name) => name.startsWith(backupId)))
    unwrap(await cancelJob(stage.store.ctx, { jobRunId }))
    await running
    expect(await getJobRun(stage.store.db, jobRunId)).toMatchObject({ status: 'cancelled' })
    expect(await listed(backupId)).toMatchObject({ status: 'failed', error: { code: 'cancelled' } })
    expect(files().filter((name) => name.startsWith(backupId))).toEqual([])
    await until(async () => {
      const sessions = await stage.target.sql`
        select from pg_stat_activity where datname = current_database() and application_name like 'holdfast:archive%'`
      return sessions.length === 0
    })
  })

  it('whose backend is terminated: failed, named so, no file left', async () => {
    const { backupId, jobRunId } = await request()
    const running = stage.run(jobRunId)
    await until(async () => {
      const [row] = await stage.target.sql`
        select count(pg_terminate_backend(pid))::int as ended from pg_stat_activity
        where datname = current_database() and application_name = 'holdfast:archive' and query ilike 'copy %'`
      return row!.ended > 0
    })
    await running
    const backup = await listed(backupId)
    expect(backup.status).toBe('failed')
    expect(backup.error!.code).toMatch(/dump-failed|target-lost/)
    expect(files().filter((name) => name.startsWith(backupId))).toEqual([])
  })
})
