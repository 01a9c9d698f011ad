import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { listForeignSightings } from '#lib/backups/foreign/foreign-queries.ts'
import type { ForeignManifest } from '#lib/backups/foreign/record-foreign.ts'
import { watchForeign } from '#lib/backups/foreign/watch-foreign.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { expireBackups } from '#lib/backups/retention/expire-backups.ts'
import { unwrap } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { withSource } from '#lib/restores/open-source.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { openStore } from '#lib/stores/open-store.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const shop = `
  create table public.orders (id int primary key, note text not null);
  insert into public.orders select n, repeat(md5(n::text), 20) from generate_series(1, 3000) n;
  create table public.people (id int primary key, name text);
  insert into public.people select n, 'p' || n from generate_series(1, 50) n;
`

describe('archives that others made', { timeout: 120_000 }, () => {
  let stage: BackupStage
  let root: string
  const signal = new AbortController().signal
  const { pgDump } = requireTools()

  const dump = (url: string, name: string, ...args: string[]): string => {
    const path = join(root, name)
    const made = spawnSync(pgDump, [...args, '--file', path, '--dbname', url], { encoding: 'utf8' })
    expect(made.stderr).toBe('')
    return path
  }
  const look = () => watchForeign(stage.store.ctx, stage.target.id, { signal, settledMs: 0 })
  const rowsOf = () =>
    stage.store.db
      .select()
      .from(backups)
      .where(and(eq(backups.targetId, stage.target.id), eq(backups.origin, 'foreign')))
  const find = async (key: string) => (await rowsOf()).find((one) => one.location === key)
  const sighting = async (key: string) =>
    (await listForeignSightings(stage.store.db, stage.target.id)).find((one) => one.key === key)

  beforeAll(async () => {
    stage = await createBackupStage(shop)
    root = mkdtempSync(join(tmpdir(), 'holdfast-foreign-'))
    await stage.store.db.insert(archiveStores).values({
      name: 'theirs',
      kind: 'local',
      settings: { directory: root, foreign: true },
      createdBy: 'test',
    })
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, foreignArchives: [{ store: 'theirs' }] },
      }),
    )
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('are listed when two looks found them the same and they could be read to their end', async () => {
    dump(stage.target.url, 'night.whatever', '-Fc')
    await look()
    expect(await find('night.whatever')).toBeUndefined()
    expect(await sighting('night.whatever')).toMatchObject({ status: 'watching' })
    await look()
    const listed = await find('night.whatever')
    expect(listed).toMatchObject({ status: 'good', verification: 'listed', origin: 'foreign', facts: null })
    expect(listed!.manifest).toMatchObject({
      layout: 'custom',
      tables: 2,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    await look()
    expect(await rowsOf()).toHaveLength(1)
  })

  it('are listed as a directory too, whatever number of files it has', async () => {
    dump(stage.target.url, 'weekly', '-Fd')
    await look()
    await look()
    expect(await find('weekly')).toMatchObject({ status: 'good', verification: 'listed' })
    expect((await find('weekly'))!.sizeBytes).toBe(
      readdirSync(join(root, 'weekly')).reduce(
        (sum, name) => sum + readFileSync(join(root, 'weekly', name)).length,
        0,
      ),
    )
  })

  it('are not good while somebody writes to them, when they are empty, cut off, or in another format', async () => {
    const growing = dump(stage.target.url, 'growing.dump', '-Fc')
    const whole = readFileSync(growing)
    writeFileSync(growing, whole.subarray(0, whole.length / 2))
    await look()
    appendFileSync(growing, whole.subarray(whole.length / 2))
    await look()
    expect(await find('growing.dump')).toBeUndefined()
    await look()
    expect(await find('growing.dump')).toMatchObject({ status: 'good' })

    writeFileSync(join(root, 'empty.dump'), '')
    writeFileSync(join(root, 'README.md'), 'not an archive')
    dump(stage.target.url, 'old.tar', '-Ft')
    writeFileSync(join(root, 'squeezed.dump.gz'), Buffer.from([0x1f, 0x8b, 8, 0]))
    const cut = dump(stage.target.url, 'cut.dump', '-Fc')
    truncateSync(cut, Math.floor(whole.length * 0.9))
    await look()
    await look()
    expect(await find('cut.dump')).toMatchObject({ status: 'failed', error: { code: 'archive-damaged' } })
    expect((await sighting('empty.dump'))!.problem).toContain('empty')
    expect((await sighting('old.tar'))!.problem).toContain('tar format')
    expect((await sighting('squeezed.dump.gz'))!.problem).toContain('PGDMP')
    expect(await sighting('README.md')).toBeUndefined()
    for (const key of ['empty.dump', 'old.tar', 'squeezed.dump.gz']) expect(await find(key)).toBeUndefined()
  })

  it('are suspicious when they fell to less than half', async () => {
    const small = await createTestDatabase('create table public.orders (id int primary key)')
    dump(small.url, 'small.dump', '-Fc')
    await look()
    await look()
    expect(await find('small.dump')).toMatchObject({ status: 'suspicious', error: { code: 'suspicious' } })
  })

  it('are damaged from the moment that their bytes change, and a new time alone changes nothing', async () => {
    const path = dump(stage.target.url, 'changed.dump', '-Fc')
    await look()
    await look()
    const later = new Date(Date.now() + 5_000)
    utimesSync(path, later, later)
    await look()
    expect(await find('changed.dump')).toMatchObject({ status: 'good' })
    const bytes = readFileSync(path)
    bytes[bytes.length - 40]! ^= 1
    writeFileSync(path, bytes)
    await look()
    expect(await find('changed.dump')).toMatchObject({ status: 'failed', error: { code: 'archive-damaged' } })
    const audits = await stage.store.db
      .select()
      .from(auditEntries)
      .where(and(eq(auditEntries.action, 'backups.list-foreign'), eq(auditEntries.outcome, 'failed')))
    expect(audits.length).toBeGreaterThan(0)
  })

  it('are found changed by a verification and a drill, also when size and time are as they were', async () => {
    const path = dump(stage.target.url, 'sly.dump', '-Fc')
    const then = new Date(Date.now() - 60_000)
    utimesSync(path, then, then)
    await look()
    await look()
    const backup = (await find('sly.dump'))!
    expect((await stage.verify(backup.id)).run.status).toBe('succeeded')
    const bytes = readFileSync(path)
    bytes[bytes.length - 40]! ^= 1
    writeFileSync(path, bytes)
    utimesSync(path, then, then)
    expect(await stage.drill(backup.id)).toMatchObject({
      verdict: 'failed',
      error: { code: 'archive-damaged' },
    })
    expect(await getBackup(stage.store.db, backup.id)).toMatchObject({ status: 'failed' })
  })

  it.each(['night.whatever', 'weekly'])(
    'are drilled: %s restores, and that is all that is claimed',
    async (key) => {
      const backup = (await find(key))!
      const drill = await stage.drill(backup.id)
      expect(drill).toMatchObject({ verdict: 'passed', error: null })
      expect(drill.unchecked.map(({ what }) => what)).toContain('whether it holds what its source held')
      expect(drill.checks.length).toBeGreaterThan(0)
      const after = await getBackup(stage.store.db, backup.id)
      expect(after.verification).toBe('restored')
      expect((after.manifest as unknown as ForeignManifest & { copy: unknown }).copy).toMatchObject({
        rows: 3050,
        tables: expect.arrayContaining([{ schema: 'public', name: 'orders', rows: 3000 }]),
      })
    },
  )

  it('give lost rows back like any other archive', async () => {
    await stage.target.sql`delete from public.orders where id <= 100`
    const backup = (await find('night.whatever'))!
    const scope = {
      ctx: stage.store.ctx,
      jobRunId: '00000000-0000-4000-8000-000000000000',
      targetId: stage.target.id,
      attempt: 1,
      signal,
      phase: async () => {},
      progress: () => {},
      assertHeld: async () => {},
    } as JobScope
    const rows = await withTarget(stage.store.ctx, stage.target.id, 'owner', { purpose: 'test' }, ({ sql }) =>
      withSource(scope, stage.target.id, { kind: 'archive', backupId: backup.id }, sql, async (source) => {
        const live = (await listTables(sql)).find(({ name }) => name === 'orders')!
        const brought = await source.bring(sql, live)
        return sql.unsafe(
          `select count(*)::int as rows from ${brought!.relation.schema}.${brought!.relation.name}`,
        )
      }),
    )
    expect(rows[0]!.rows).toBeGreaterThanOrEqual(100)
  })

  it('start no program and read no file of the drill server, whatever they hold', async () => {
    const proof = join(tmpdir(), `holdfast-owned-${process.pid}`)
    const hostile = await createTestDatabase(`
      create function public.own() returns int language plpgsql as 'begin return 1; end';
      create table public.bait (id int primary key check (public.own() = 1));
      insert into public.bait values (1);
      create or replace function public.own() returns int language plpgsql as $$
        begin execute 'copy (select 1) to program ''touch ${proof}'''; return 1; end $$;
    `)
    dump(hostile.url, 'hostile.dump', '-Fc')
    await look()
    await look()
    const backup = (await find('hostile.dump'))!
    const drill = await stage.drill(backup.id)
    expect(drill).toMatchObject({
      verdict: 'inconclusive',
      error: { code: 'drill-needs-superuser' },
    })
    expect(existsSync(proof)).toBe(false)
  })

  it('never stand in for an archive of Holdfast’s own when a drill has the choice', async () => {
    const ours = await stage.take('archive')
    dump(stage.target.url, 'younger.dump', '-Fc')
    await look()
    await look()
    expect((await find('younger.dump'))!.takenAt!.getTime()).toBeGreaterThan(ours.takenAt!.getTime())
    const { backupId } = unwrap(await requestDrill(stage.store.ctx, { target: stage.target.name }))
    expect(backupId).toBe(ours.id)
  })

  it('may be taken away by who made them, and are never deleted by Holdfast', async () => {
    const before = readdirSync(root)
    const old = new Date(Date.now() - 400 * 86_400_000)
    await stage.store.db.update(backups).set({ takenAt: old }).where(eq(backups.origin, 'foreign'))
    await stage.take('archive')
    await expireBackups({ ctx: stage.store.ctx, signal } as JobScope, stage.target.id).catch(() => {})
    expect(readdirSync(root)).toEqual(before)
    const store = await openStore(stage.store.ctx, 'theirs')
    await expect(store.remove('night.whatever')).rejects.toMatchObject({ code: 'store-read-only' })
    expect(existsSync(join(root, '.holdfast-store'))).toBe(false)

    rmSync(join(root, 'night.whatever'))
    await look()
    const gone = (await find('night.whatever'))!
    expect(gone.status).toBe('expired')
    const [copy] = await stage.store.db.select().from(backupCopies).where(eq(backupCopies.backupId, gone.id))
    expect(copy!.status).toBe('deleted')
  })

  it('are not taken for gone when their directory is not there', async () => {
    const count = (await rowsOf()).filter(({ status }) => status === 'expired').length
    const away = `${root}-away`
    spawnSync('mv', [root, away])
    await expect(look()).rejects.toMatchObject({ code: 'store-unreachable' })
    expect((await rowsOf()).filter(({ status }) => status === 'expired')).toHaveLength(count)
    mkdirSync(root, { recursive: true })
    rmSync(root, { recursive: true })
    spawnSync('mv', [away, root])
  })
})
