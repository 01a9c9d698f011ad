import { createHash } from 'node:crypto'
import {
  copyFileSync,
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { decryptAge, encryptAge } from '#lib/backups/archives/age-file.ts'
import { archiveIdentity, archiveRecipient } from '#lib/backups/archives/archive-identity.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { measureProtection } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { requestVerification } from '#lib/backups/request-verification.ts'
import type { BackupDetails, SignedArchiveManifest } from '#lib/backups/types.ts'
import { type BackupStage, createBackupStage, oddScript } from '#lib/testing/backup-stage.ts'
import { storedFiles } from '#lib/testing/stored-archive.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'

describe('an archive', { timeout: 120_000 }, () => {
  let stage: BackupStage
  let archive: BackupDetails
  const placeOf = (backup: BackupDetails) => storedFiles(stage.data, backup)

  beforeAll(async () => {
    stage = await createBackupStage(oddScript)
    archive = await stage.take('archive')
  })

  it('holds every table of odd names with facts, and is good only after it was read back and listed', () => {
    expect(archive).toMatchObject({ status: 'good', verification: 'listed', error: null })
    const rows = Object.fromEntries(archive.facts!.tables.map((table) => [table.name, table.rows]))
    expect(rows).toEqual({ 'bazaar-vid_user': 250, 'e"mail': 300, 'naïve 名': 2, split_a: 30, split_b: 60 })
    expect(archive.facts!.tables.every((table) => /^[0-9a-f]{32}$/.test(table.checksum))).toBe(true)
    expect(readdirSync(join(stage.data, 'archives', stage.target.id)).sort()).toEqual([
      `${archive.id}.dump.zst.age`,
      `${archive.id}.globals.sql.zst.age`,
      `${archive.id}.manifest.json`,
    ])
  })

  it('is what the exposure is measured from', async () => {
    const protection = await measureProtection(
      stage.store.db,
      stage.target.id,
      new Date(archive.takenAt!.getTime() + 60_000),
    )
    expect(protection).toMatchObject({ exposureMs: 60_000, exposureBackupId: archive.id, recoveryMs: null })
  })

  it('tells the audit who took it and what came of it', async () => {
    const entries = await stage.store.db.select().from(auditEntries)
    const about = entries.filter((entry) => entry.subject === `backup:${archive.id}`)
    expect(about.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['backups.request', 'done'],
      ['backups.take', 'done'],
    ])
  })

  it.each([
    ['backup', (ctx: never) => requestBackup(ctx, { target: stage.target.name, kind: 'archive' })],
    ['verification', (ctx: never) => requestVerification(ctx, { backupId: archive.id })],
    ['drill', (ctx: never) => requestDrill(ctx, { target: stage.target.name })],
  ])('refuses a viewer who asks for a %s', async (_, ask) => {
    const viewer = await createTestPerson(stage.store, 'viewer')
    expect(await ask(viewer as never)).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
  })

  describe('that was tampered with', () => {
    let damaged: BackupDetails
    beforeEach(async () => {
      damaged = await stage.take('archive')
    })
    const flip = (path: string, at: number) => {
      const bytes = readFileSync(path)
      bytes[at < 0 ? bytes.length + at : at]! ^= 0x10
      writeFileSync(path, bytes)
    }

    it.each([
      ['a bit flipped in its header', () => flip(placeOf(damaged).archive, 2)],
      ['a bit flipped in its middle', () => flip(placeOf(damaged).archive, 4_000)],
      ['a bit flipped in its last byte', () => flip(placeOf(damaged).archive, -1)],
      ['its end cut off', () => truncateSync(placeOf(damaged).archive, damaged.sizeBytes! - 1)],
      ['no bytes left', () => truncateSync(placeOf(damaged).archive, 0)],
      [
        'its manifest edited',
        () => {
          const path = placeOf(damaged).manifest
          writeFileSync(path, readFileSync(path, 'utf8').replace('"rows": 300', '"rows": 299'))
        },
      ],
      ['a bit flipped in its globals', () => flip(placeOf(damaged).globals, 300)],
      ['no globals', () => rmSync(placeOf(damaged).globals)],
      [
        'the globals of another archive',
        () => copyFileSync(placeOf(archive).globals, placeOf(damaged).globals),
      ],
      ['no manifest', () => rmSync(placeOf(damaged).manifest)],
      ['a manifest that is no JSON', () => writeFileSync(placeOf(damaged).manifest, '{"manifest":')],
      [
        'a link in its place',
        () => {
          const { archive: path } = placeOf(damaged)
          renameSync(path, `${path}.moved`)
          symlinkSync(`${path}.moved`, path)
        },
      ],
      [
        'an archive of the same size and content that an attacker encrypted for us: only the MAC is not his',
        async () => {
          const path = placeOf(damaged).archive
          const keys = stage.store.ctx.keys!
          const opened = decryptAge([archiveIdentity(keys)], createReadStream(path))
          const parts: Buffer[] = []
          for await (const part of encryptAge([await archiveRecipient(keys)], opened)) parts.push(part)
          expect(Buffer.concat(parts)).toHaveLength(damaged.sizeBytes!)
          writeFileSync(path, Buffer.concat(parts))
        },
      ],
      [
        'an archive that an attacker encrypted for us, with a manifest that he could not sign',
        () => {
          const { archive: path, manifest: at } = placeOf(damaged)
          const bytes = readFileSync(path)
          const forged = Buffer.concat([bytes, bytes.subarray(0, 9)])
          writeFileSync(path, forged)
          const sha256 = createHash('sha256').update(forged).digest('hex')
          const signed = JSON.parse(readFileSync(at, 'utf8')) as SignedArchiveManifest
          Object.assign(signed.manifest, { archiveBytes: forged.length, sha256 })
          writeFileSync(at, JSON.stringify(signed))
        },
      ],
      [
        'another archive under its name',
        () => copyFileSync(placeOf(archive).archive, placeOf(damaged).archive),
      ],
      [
        'another archive and that one’s manifest and globals under its name',
        () => {
          copyFileSync(placeOf(archive).archive, placeOf(damaged).archive)
          copyFileSync(placeOf(archive).globals, placeOf(damaged).globals)
          copyFileSync(placeOf(archive).manifest, placeOf(damaged).manifest)
        },
      ],
    ])('is found by verification: %s', async (_, tamper) => {
      await tamper()
      const { run, backup } = await stage.verify(damaged.id)
      expect(run).toMatchObject({ status: 'failed', error: { code: 'archive-damaged' } })
      expect(backup).toMatchObject({
        status: 'failed',
        verification: null,
        error: { code: 'archive-damaged' },
      })
    })

    it('never reaches a PostgreSQL tool in a drill, and fails it', async () => {
      flip(placeOf(damaged).archive, 100)
      const drill = await stage.drill(damaged.id)
      expect(drill).toMatchObject({ verdict: 'failed', error: { code: 'archive-damaged' }, recoveryMs: null })
      expect(drill.phases.map(({ name }) => name)).toEqual(['authenticate'])
      expect((await stage.verify(damaged.id)).backup.status).toBe('failed')
    })
  })

  it('is suspicious when the rows are gone, and freezes nothing but itself until it is accepted', async () => {
    await stage.target.sql`delete from public."bazaar-vid_user"`
    await stage.target.sql`delete from public."e""mail"`
    const small = await stage.take('archive')
    expect(small).toMatchObject({ status: 'suspicious', error: { code: 'suspicious' } })
    expect((await measureProtection(stage.store.db, stage.target.id, new Date())).exposureBackupId).not.toBe(
      small.id,
    )
    await stage.accept(small.id)
    expect(await stage.take('archive')).toMatchObject({ status: 'good' })
  })

  it('is not produced when a table is locked for long, and leaves no file', async () => {
    const before = readdirSync(join(stage.data, 'archives', stage.target.id)).length
    await stage.target.sql.begin(async (holder) => {
      await holder`lock table public."naïve 名" in access exclusive mode`
      const failed = await stage.take('archive')
      expect(failed).toMatchObject({ status: 'failed', verification: null, manifest: null })
      expect(failed.error).toMatchObject({ code: 'backup-locked' })
    })
    expect(readdirSync(join(stage.data, 'archives', stage.target.id))).toHaveLength(before)
    expect(existsSync(placeOf(archive).archive)).toBe(true)
  })
})

describe('the archive store', { timeout: 120_000 }, () => {
  it('refuses to begin when there is no room for an archive like the last one, and says how much is missing', async () => {
    const stage = await createBackupStage('create table public.rows as select 1 as id')
    const good = await stage.take('archive')
    const hugeBytes = 10 ** 16
    await stage.store.db.$client`update backups set size_bytes = ${hugeBytes} where id = ${good.id}`
    const failed = await stage.take('archive')
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'store-full' } })
    expect(failed.error!.message).toMatch(/10000000000 MB needed, \d+ MB free/)
    expect((await stage.verify(good.id)).backup.status).toBe('good')
  })
})

describe('an archive by a role from whom rows are hidden', { timeout: 120_000 }, () => {
  it('is not produced; the tables are named', async () => {
    const role = `narrow_${process.pid}`
    const stage = await createBackupStage(
      `create table public.secrets (id int primary key, owner text);
       insert into public.secrets select n, 'x' from generate_series(1, 100) n;
       create table public.closed (id int primary key);
       alter table public.secrets enable row level security;
       create policy own on public.secrets using (id < 10);
       create role ${role} login password 'narrow';
       grant select on public.secrets to ${role}`,
      { url: (url) => url.replace(/\/\/[^@]+@/, `//${role}:narrow@`) },
    )
    try {
      const failed = await stage.take('archive')
      expect(failed).toMatchObject({ status: 'failed', error: { code: 'backup-unreadable' }, facts: null })
      expect(failed.error!.message).toMatch(/public\.closed \(no right to read it\)/)
      expect(failed.error!.message).toMatch(/public\.secrets \(row security would hide rows/)
      expect(existsSync(join(stage.data, 'archives', stage.target.id))).toBe(false)
    } finally {
      await stage.target.sql.unsafe(`drop owned by ${role}; drop role ${role}`)
    }
  })
})
