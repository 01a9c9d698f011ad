import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { withDrillServer } from '#lib/backups/drills/drill-server.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { sweepDrillServers } from '#lib/backups/drills/sweep-drill-servers.ts'
import { getBackup, getDrill } from '#lib/backups/queries.ts'
import { sweepBackups } from '#lib/backups/sweep-backups.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { isServerRunning } from '#lib/servers/embedded-server.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'

const role = `drill_crash_${process.pid}`
const script = `
  create role ${role} nologin;
  create table public.rows (id int primary key, body text);
  insert into public.rows select n, repeat(md5(n::text), 20) from generate_series(1, 30000) n;
  create policy mine on public.rows to ${role} using (true);
  create materialized view public.summary as select count(*) from public.rows`

/** Random numbers that a printed seed repeats. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

describe('a worker that is killed while it drills', { timeout: 240_000 }, () => {
  let stage: BackupStage
  let archive: BackupDetails
  beforeAll(async () => {
    stage = await createBackupStage(script)
    archive = await stage.take('archive')
  })

  const startDrill = async (failPoint = '') => {
    const { drillId, jobRunId } = unwrap(
      await requestDrill(stage.store.ctx, { target: stage.target.name, backupId: archive.id }),
    )
    const child: ChildProcess = spawn(
      process.execPath,
      ['lib/testing/run-backup-job.ts', stage.store.url, jobRunId],
      {
        cwd: packageRoot,
        env: { ...process.env, HOLDFAST_FAILPOINT: failPoint, HOLDFAST_LOG_LEVEL: 'silent' },
        stdio: 'ignore',
      },
    )
    const ended = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once('exit', (_code, signal) => resolve(signal)),
    )
    return { drillId, jobRunId, child, ended }
  }

  const left = async () => {
    const found = await withDrillServer(stage.store.ctx, async ({ admin }) => ({
      databases: (await admin`select datname from pg_database where datname like 'holdfast_scratch%'`).length,
      roles: (await admin`select rolname from pg_roles where rolname = ${role}`).length,
    }))
    const lists = join(stage.data, 'drill-lists')
    return { ...found, lists: existsSync(lists) ? readdirSync(lists).length : 0 }
  }

  /** What happens after a death: the lease ends, and the rounds go by. */
  const afterwards = async ({ drillId, jobRunId }: { drillId: string; jobRunId: string }) => {
    await stage.store.db
      .$client`update job_runs set status = 'failed' where id = ${jobRunId} and status <> 'succeeded'`
    await sweepBackups(stage.store.ctx, stage.target.id)
    await sweepDrillServers(stage.store.ctx)
    expect(await isServerRunning(join(stage.data, 'drill'))).toBe(false)
    expect(await left()).toEqual({ databases: 0, roles: 0, lists: 0 })
    return getDrill(stage.store.db, drillId)
  }

  it.each([
    'drills.before-prepare',
    'drills.before-restore',
    'drills.in-restore',
    'drills.after-restore',
    'drills.after-facts',
  ])(
    'at %s: proves nothing, and the next sweep removes databases, roles, files and the server',
    async (place) => {
      const before = await getBackup(stage.store.db, archive.id)
      const drill = await startDrill(`${place}:kill`)
      expect(await drill.ended).toBe('SIGKILL')
      expect(await afterwards(drill)).toMatchObject({ verdict: 'inconclusive' })
      expect((await getBackup(stage.store.db, archive.id)).verification).toBe(before.verification)
    },
  )

  it('at any other moment: leaves nothing either', async () => {
    const seed = Number(process.env.HOLDFAST_TEST_SEED ?? Date.now() % 100_000)
    process.stdout.write(`kill seed: HOLDFAST_TEST_SEED=${seed}\n`)
    const random = createRandom(seed)
    const whole = await stage.drill(archive.id)
    const takesMs = whole.finishedAt!.getTime() - whole.startedAt!.getTime()
    for (let round = 0; round < 5; round++) {
      const drill = await startDrill()
      const timer = setInterval(async () => {
        const { status } = await getDrill(stage.store.db, drill.drillId)
        if (status === 'queued') return
        clearInterval(timer)
        setTimeout(() => drill.child.kill('SIGKILL'), random() * takesMs)
      }, 20)
      await drill.ended
      clearInterval(timer)
      const { verdict } = await afterwards(drill)
      expect(['inconclusive', 'passed']).toContain(verdict)
    }
  })

  it('leaves nothing that the next drill cannot do with', async () => {
    const drill = await startDrill('drills.in-restore:kill')
    await drill.ended
    await stage.store.db.$client`update job_runs set status = 'failed' where id = ${drill.jobRunId}`
    await sweepBackups(stage.store.ctx, stage.target.id)
    expect(await stage.drill(archive.id)).toMatchObject({ verdict: 'passed', error: null })
    expect(await left()).toMatchObject({ databases: 0, roles: 0 })
  })
})
