import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { backupCopies } from '#drizzle/schema/backups.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import { unwrap } from '#lib/errors.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { startTcpProxy, type TcpProxy } from '#lib/testing/tcp-proxy.ts'
import { testUrl } from '#lib/testing/test-db.ts'

/** Twelve megabytes that do not compress, so that a dump takes its time and a small disk is full before its end. */
const incompressible = `
  create table public.rows as
  select n as id, (select string_agg(md5(random()::text || n || i), '') from generate_series(1, 12) i) as body
  from generate_series(1, 30000) n`

async function until<T>(look: () => Promise<T | false> | T | false): Promise<T> {
  for (let attempt = 0; attempt < 6_000; attempt++) {
    const seen = await look()
    if (seen) return seen
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('the awaited state did not come')
}

const filesOf = (stage: BackupStage): string[] => {
  const directory = join(stage.data, 'archives', stage.target.id)
  return existsSync(directory) ? readdirSync(directory).sort() : []
}

/** What holds after every fault: nothing of the failed one is left or listed, the audit knows, the last good one verifies. */
async function expectHarmless(stage: BackupStage, failed: BackupDetails, good: BackupDetails): Promise<void> {
  expect(failed).toMatchObject({ status: 'failed', verification: null, manifest: null })
  expect(filesOf(stage).filter((name) => name.startsWith(failed.id))).toEqual([])
  const copies = (await stage.store.db.select().from(backupCopies)).filter(
    (copy) => copy.backupId === failed.id,
  )
  expect(copies.map(({ status }) => status)).toEqual(['failed'])
  const entries = (await stage.store.db.select().from(auditEntries)).filter(
    ({ subject, action }) => subject === `backup:${failed.id}` && action === 'backups.take',
  )
  expect(entries).toMatchObject([{ outcome: 'failed', reason: failed.error!.message }])
  expect((await stage.verify(good.id)).run).toMatchObject({ status: 'succeeded' })
}

describe('an archive over a network', { timeout: 180_000 }, () => {
  let proxy: TcpProxy
  let stage: BackupStage
  let good: BackupDetails
  beforeAll(async () => {
    const { hostname, port } = new URL(testUrl('postgres'))
    proxy = await startTcpProxy(hostname, Number(port))
    stage = await createBackupStage(incompressible, { url: (url) => proxy.urlThrough(url) })
    good = await stage.take('archive')
    expect(good.error).toBeNull()
  })
  afterAll(() => proxy.close())
  afterEach(() => {
    delete process.env.HOLDFAST_STALL_SECONDS
    proxy.mend()
  })

  /** Takes an archive and calls `disturb` when a part of the rows has come. */
  async function disturbed(disturb: () => void): Promise<BackupDetails> {
    const { backupId, jobRunId } = unwrap(
      await requestBackup(stage.store.ctx, { target: stage.target.name, kind: 'archive' }),
    )
    const before = proxy.received()
    const running = stage.run(jobRunId)
    await until(() => proxy.received() > before + 3_000_000)
    disturb()
    await running
    return getBackup(stage.store.db, backupId)
  }

  it('that stalls fails after the time without a byte, and does not hang', async () => {
    // Long enough for a machine at work, short against the three minutes of every other run.
    process.env.HOLDFAST_STALL_SECONDS = '6'
    const begun = Date.now()
    const failed = await disturbed(proxy.stall)
    expect(failed.error).toMatchObject({ code: 'backup-stalled' })
    expect(Date.now() - begun).toBeLessThan(120_000)
    proxy.mend()
    await expectHarmless(stage, failed, good)
  })

  it('that is cut fails at once, and the next one is good', async () => {
    const failed = await disturbed(proxy.cut)
    expect(failed.error!.code).toMatch(/^(dump-failed|target-lost)$/)
    proxy.mend()
    await expectHarmless(stage, failed, good)
    expect(await stage.take('archive')).toMatchObject({ status: 'good', verification: 'listed' })
  })

  it('whose pg_dump is killed fails, though its bytes so far would list as an archive', async () => {
    const failed = await disturbed(() => {
      const mine = readdirSync('/proc').filter((pid) => {
        if (!/^\d+$/.test(pid) || !existsSync(`/proc/${pid}/status`)) return false
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        return status.startsWith('Name:\tpg_dump\n') && status.includes(`PPid:\t${process.pid}\n`)
      })
      expect(mine).toHaveLength(1)
      process.kill(Number(mine[0]), 'SIGKILL')
    })
    expect(failed.error).toMatchObject({ code: 'dump-failed' })
    await expectHarmless(stage, failed, good)
  })
})

describe('an archive onto a disk', { timeout: 120_000 }, () => {
  const mounted: string[] = []
  afterEach(() => {
    delete process.env.HOLDFAST_FAILPOINT
  })
  afterAll(() => {
    for (const path of mounted) spawnSync('umount', [path])
  })

  it('that gets full fails with what is needed and what is free; the partial file is gone and the last one good', async () => {
    const stage = await createBackupStage('create table public.few as select 1 as id')
    const archives = join(stage.data, 'archives')
    mkdirSync(archives, { recursive: true, mode: 0o700 })
    const isSmall = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', archives]).status === 0
    if (isSmall) mounted.push(archives)
    const good = await stage.take('archive')
    expect(good.error).toBeNull()
    await stage.target.sql.unsafe(incompressible)
    // Where nothing may be mounted, the file system's answer is given by hand.
    if (!isSmall) process.env.HOLDFAST_FAILPOINT = 'backups.mid-dump:ENOSPC'
    // What is predicted from the last one is told before the first byte; without it, when the disk is full.
    await stage.store.db
      .$client`update backups set manifest = manifest - 'databaseBytes' where id = ${good.id}`
    const failed = await stage.take('archive')
    delete process.env.HOLDFAST_FAILPOINT
    expect(failed.error).toMatchObject({ code: 'store-full' })
    expect(failed.error!.message).toMatch(/about \d+ MB needed, \d+ MB free/)
    await expectHarmless(stage, failed, good)
  })

  it('that will not do is known before the first byte, from how the database grew', async () => {
    const stage = await createBackupStage(
      'create table public.few as select n from generate_series(1, 5000) n',
    )
    const good = await stage.take('archive')
    // As if the last archive had been of a database a billion times smaller.
    await stage.store.db.$client`
      update backups set manifest = jsonb_set(manifest, '{databaseBytes}', '0.0001') where id = ${good.id}`
    const failed = await stage.take('archive')
    expect(failed.error).toMatchObject({ code: 'store-full' })
    await expectHarmless(stage, failed, good)
  })

  it.each(['stores.before-fsync:EIO', 'stores.before-rename:EIO', 'backups.before-manifest:EIO'])(
    'that fails at %s is never called written: nothing is kept',
    async (place) => {
      const stage = await createBackupStage('create table public.few as select 1 as id')
      const good = await stage.take('archive')
      process.env.HOLDFAST_FAILPOINT = place
      const failed = await stage.take('archive')
      delete process.env.HOLDFAST_FAILPOINT
      await expectHarmless(stage, failed, good)
    },
  )
})

describe('an archive of a living database', { timeout: 180_000 }, () => {
  const roles: [BackupStage, string][] = []
  afterAll(async () => {
    for (const [{ target }, role] of roles) await target.sql.unsafe(`drop role ${role}`).catch(() => {})
  })

  it('whose tables are made, altered and dropped meanwhile is consistent: its drill passes', async () => {
    const stage = await createBackupStage(incompressible)
    await stage.target.sql`create table public.victim as select n as id from generate_series(1, 100) n`
    let over = false
    const disturb = (async () => {
      // As fast as migrations that somebody runs in a loop.
      for (let n = 0; !over; n++) {
        await stage.target.sql.unsafe(`create table public.new_${n} as select ${n} as id`)
        // The dump's locks may stand in the way of both.
        const impatiently = (statement: string) =>
          stage.target.sql.unsafe(`set lock_timeout = '50ms'; ${statement}`).catch(() => {})
        await impatiently(`alter table public.victim add column c${n} int default ${n}`)
        if (n % 2 === 0) await impatiently(`drop table public.new_${n}`)
      }
    })()
    const archive = await stage.take('archive')
    over = true
    await disturb
    expect(archive.error).toBeNull()
    expect(await stage.drill(archive.id)).toMatchObject({ verdict: 'passed', differences: [] })
  })

  it('with a large object that the role may not read fails and names it', async () => {
    const role = `reader_${process.pid}`
    const stage = await createBackupStage(
      `create table public.few as select 1 as id;
       create role ${role} login bypassrls password 'secret' in role pg_read_all_data;
       select lo_from_bytea(4242, 'hidden')`,
    )
    roles.push([stage, role])
    const url = stage.target.url.replace(/\/\/[^@]+@/, `//${role}:secret@`)
    unwrap(await setCredential(stage.store.ctx, { name: stage.target.name, role: 'backup', url }))
    const failed = await stage.take('archive')
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'backup-unreadable' } })
    expect(failed.error!.message).toContain('4242')
    expect(filesOf(stage)).toEqual([])
  })

  it('whose role has another password by now fails and says so', async () => {
    const role = `rotated_${process.pid}`
    const stage = await createBackupStage(
      `create table public.few as select 1 as id; create role ${role} login superuser password 'before'`,
    )
    roles.push([stage, role])
    const url = stage.target.url.replace(/\/\/[^@]+@/, `//${role}:before@`)
    unwrap(await setCredential(stage.store.ctx, { name: stage.target.name, role: 'backup', url }))
    const good = await stage.take('archive')
    expect(good.error).toBeNull()
    await stage.target.sql.unsafe(`alter role ${role} password 'after'`)
    const failed = await stage.take('archive')
    expect(failed.error!.message).toMatch(/password/)
    expect(JSON.stringify(failed)).not.toContain('before@')
    await expectHarmless(stage, failed, good)
  })
})
