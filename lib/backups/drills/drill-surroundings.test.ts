import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Manifest } from '#lib/backups/archives/archive-manifest.ts'
import { getBackup } from '#lib/backups/queries.ts'
import type { BackupDetails, SignedArchiveManifest } from '#lib/backups/types.ts'
import { findEmbeddedBinaries } from '#lib/servers/embedded-binaries.ts'
import { findServerUser } from '#lib/servers/run-user.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { startMajorServer } from '#lib/testing/major-servers.ts'
import { resignManifest, storedFiles } from '#lib/testing/stored-archive.ts'

describe('a drill in surroundings that are not the source’s', { timeout: 120_000 }, () => {
  let stage: BackupStage
  let archive: BackupDetails
  let original: Manifest

  beforeAll(async () => {
    stage = await createBackupStage(`
      create extension citext;
      create table public.people (id int primary key, name text, handle citext);
      insert into public.people select n, 'person ' || n, 'Handle' || n from generate_series(1, 100) n;
      create table public.split (name text) partition by range (name);
      create table public.split_rest partition of public.split default`)
    archive = await stage.take('archive')
    original = (JSON.parse(readFileSync(manifestPath(), 'utf8')) as SignedArchiveManifest).manifest
  })

  const manifestPath = () => storedFiles(stage.data, archive).manifest

  /** Drills as if the archive came from somewhere else. */
  const drillAs = async (change: Partial<Manifest>) => {
    resignManifest(manifestPath(), stage.store.ctx.keys!, { ...original, ...change })
    const before = await getBackup(stage.store.db, archive.id)
    const drill = await stage.drill(archive.id)
    const after = await getBackup(stage.store.db, archive.id)
    if (drill.verdict === 'inconclusive') expect(after.verification).toBe(before.verification)
    return drill
  }

  it('is inconclusive when the copy would not fit, said before it begins, in numbers', async () => {
    const drill = await drillAs({ databaseBytes: 1e15 })
    expect(drill).toMatchObject({ verdict: 'inconclusive', error: { code: 'drill-disk' } })
    expect(drill.error!.message).toMatch(/1000000269 MB needed, \d+ MB free/)
    expect(drill.phases.map(({ name }) => name)).not.toContain('restore')
  })

  it('is inconclusive when a role, an extension or the version is not to be had, with what helps', async () => {
    expect(await drillAs({ extensions: ['citext', 'no_such_extension'] })).toMatchObject({
      verdict: 'inconclusive',
      error: { code: 'drill-extension', message: expect.stringContaining('no_such_extension') },
    })
    const newer = await drillAs({ serverVersionNumber: 990_000 })
    expect(newer).toMatchObject({ verdict: 'inconclusive', error: { code: 'drill-server-old' } })
    expect(newer.error!.hint).toMatch(/HOLDFAST_DRILL_URL/)
  })

  it('says that an extension has another version there, and lets that excuse only what it can explain', async () => {
    const other = { extensionVersions: { ...original.extensionVersions, citext: '0.9' } }
    const passed = await drillAs(other)
    expect(passed).toMatchObject({ verdict: 'passed' })
    expect(passed.unchecked).toContainEqual(expect.objectContaining({ what: 'extension citext 0.9' }))
    const change = (name: string, with_: object) => ({
      facts: {
        ...original.facts,
        tables: original.facts.tables.map((table) => (table.name === name ? { ...table, ...with_ } : table)),
      },
    })
    expect(await drillAs({ ...other, ...change('people', { checksum: '0'.repeat(32) }) })).toMatchObject({
      verdict: 'inconclusive',
      error: { code: 'drill-extension' },
    })
    expect(await drillAs({ ...other, ...change('people', { rows: 99 }) })).toMatchObject({
      verdict: 'failed',
    })
    resignManifest(manifestPath(), stage.store.ctx.keys!, original)
    await stage.store.db.$client`update backups set status = 'good', error = null where id = ${archive.id}`
  })

  it('says that it sorts otherwise when the server lacks the collation or has another version of it', async () => {
    const missing = await drillAs({
      locale: { ...original.locale!, collate: 'xx_XX.UTF-8', ctype: 'xx_XX.UTF-8' },
    })
    expect(missing).toMatchObject({ verdict: 'passed' })
    const said = missing.unchecked.find(({ what }) => what === 'collation xx_XX.UTF-8')
    expect(said!.hint).toContain('localedef')
    const und = {
      provider: 'i' as const,
      collate: 'C.UTF-8',
      ctype: 'C.UTF-8',
      locale: 'und',
      version: '1.2.3',
    }
    const version = await drillAs({ locale: und })
    expect(version).toMatchObject({ verdict: 'passed' })
    const why = version.unchecked.find(({ what }) => what === 'collation ICU und')?.why
    expect(why).toMatch(/version 1\.2\.3, the drill server \d/)
  })
})

describe('an archive that restores only where text sorts as at its source', { timeout: 120_000 }, () => {
  it('is not called bad by a server that sorts otherwise', async () => {
    const stage = await createBackupStage(`
      create table public.ordered (a text, check (a collate "C" < 'b' or current_database() !~ 'scratch'));
      insert into public.ordered values ('z')`)
    const archive = await stage.take('archive')
    expect(await stage.drill(archive.id)).toMatchObject({
      verdict: 'failed',
      error: { code: 'restore-failed' },
    })
    const path = storedFiles(stage.data, archive).manifest
    const { manifest } = JSON.parse(readFileSync(path, 'utf8')) as SignedArchiveManifest
    resignManifest(path, stage.store.ctx.keys!, {
      locale: { ...manifest.locale!, collate: 'xx_XX.UTF-8', ctype: 'xx_XX.UTF-8' },
    })
    const drill = await stage.drill(archive.id)
    expect(drill).toMatchObject({ verdict: 'inconclusive', error: { code: 'drill-collation' } })
    expect(drill.error!.message).toContain('xx_XX.UTF-8')
  })
})

describe('an archive of a newer major', { timeout: 120_000 }, () => {
  it('is drilled on a server of that major where one is installed, and inconclusive where none is', async () => {
    const stage = await createBackupStage(`
      create table public.rows (id int primary key);
      insert into public.rows select generate_series(1, 50)`)
    const archive = await stage.take('archive')
    resignManifest(storedFiles(stage.data, archive).manifest, stage.store.ctx.keys!, {
      serverVersionNumber: 180_000,
      serverVersion: '18.0',
    })
    const without = await stage.drill(archive.id)
    expect(without).toMatchObject({ verdict: 'inconclusive', error: { code: 'drill-server-old' } })
    expect(without.error!.hint).toMatch(/postgresql-18|HOLDFAST_DRILL_URL/)
    process.env.HOLDFAST_DRILL_BIN = findEmbeddedBinaries(
      findServerUser(),
      `postgresql-18-${process.platform}-${process.arch}`,
    )
    try {
      const drill = await stage.drill(archive.id)
      expect(drill.error).toBeNull()
      expect(drill).toMatchObject({ verdict: 'passed', serverVersion: expect.stringMatching(/^18/) })
    } finally {
      delete process.env.HOLDFAST_DRILL_BIN
    }
  })

  it('is drilled on the operator’s own server when there is one', async () => {
    const stage = await createBackupStage('create table public.rows as select generate_series(1, 50) as id')
    const archive = await stage.take('archive')
    process.env.HOLDFAST_DRILL_URL = await startMajorServer(17)
    try {
      const drill = await stage.drill(archive.id)
      expect(drill.error).toBeNull()
      expect(drill).toMatchObject({ verdict: 'passed', serverVersion: expect.stringMatching(/^17/) })
    } finally {
      delete process.env.HOLDFAST_DRILL_URL
    }
  })
})

describe('a drill server that dies', { timeout: 120_000 }, () => {
  it('in the middle of a restore: inconclusive, and the next drill passes on it', async () => {
    const stage = await createBackupStage(`
      create table public.rows (id int primary key, body text);
      insert into public.rows select n, repeat(md5(n::text), 20) from generate_series(1, 60000) n`)
    const archive = await stage.take('archive')
    const drilled = stage.drill(archive.id)
    const pidFile = join(stage.data, 'drill', 'cluster', 'postmaster.pid')
    for (let killed = false; !killed; ) {
      const [job] = await stage.store.db.$client`select phase, status from job_runs where kind = 'drills.run'`
      if (job?.status === 'succeeded') break
      killed = job?.phase === 'restore'
      if (killed) process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGQUIT')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(await drilled).toMatchObject({ verdict: 'inconclusive', error: { code: 'drill-server-failed' } })
    expect(await stage.drill(archive.id)).toMatchObject({ verdict: 'passed' })
  })
})
