import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encryptAge } from '#lib/backups/archives/age-file.ts'
import { archiveRecipient } from '#lib/backups/archives/archive-identity.ts'
import { archiveKeysAt, archiveStem, readArchiveKey, stemOf } from '#lib/backups/archives/archive-names.ts'
import { withAuthenticArchive } from '#lib/backups/archives/authenticate-archive.ts'
import { createDigest } from '#lib/backups/archives/authenticate-bytes.ts'
import { verifyBackup } from '#lib/backups/verify-backup.ts'
import type { Ctx } from '#lib/context.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { createKeyRing, type KeyRing } from '#lib/keys.ts'
import { createBackupStage } from '#lib/testing/backup-stage.ts'
import { resignManifest, storedFiles } from '#lib/testing/stored-archive.ts'
import { testKey } from '#lib/testing/test-key.ts'

const otherKey = Buffer.alloc(32, 9).toString('base64')

const scopeWith = (ctx: Ctx, keys: KeyRing): JobScope =>
  ({
    ctx: { ...ctx, keys },
    jobRunId: '',
    targetId: null,
    attempt: 1,
    signal: new AbortController().signal,
    phase: async () => {},
    progress: () => {},
    assertHeld: async () => {},
  }) satisfies JobScope

describe('an archive and the keys', { timeout: 120_000 }, () => {
  it('is opened by an earlier key after the key was changed; without that one, both are named', async () => {
    const stage = await createBackupStage('create table public.rows as select 1 as id')
    const old = await stage.take('archive')
    const made = stage.store.ctx.keys!.keyId
    const rotated = createKeyRing(otherKey, [createKeyRing(testKey)])
    expect(await verifyBackup(scopeWith(stage.store.ctx, rotated), { backupId: old.id })).toMatchObject({
      verification: 'listed',
      copies: [{ status: 'good' }],
    })
    const lost = createKeyRing(otherKey)
    await expect(verifyBackup(scopeWith(stage.store.ctx, lost), { backupId: old.id })).rejects.toMatchObject({
      code: 'archive-other-key',
      message: expect.stringMatching(new RegExp(`${made}.*${lost.keyId}`)),
    })
    // A key that is not at hand says nothing about the archive.
    expect((await stage.verify(old.id)).backup).toMatchObject({ status: 'good', verification: 'listed' })
  })

  it('is not opened when somebody else signed it, whatever key he names', async () => {
    const stage = await createBackupStage('create table public.rows as select 1 as id')
    const foreign = await stage.take('archive')
    const path = storedFiles(stage.data, foreign).manifest
    const attacker = createKeyRing(otherKey)
    resignManifest(path, attacker, {})
    expect((await stage.verify(foreign.id)).run).toMatchObject({
      status: 'failed',
      error: { code: 'archive-other-key' },
    })
    writeFileSync(path, readFileSync(path, 'utf8').replace(attacker.keyId, stage.store.ctx.keys!.keyId))
    expect((await stage.verify(foreign.id)).run).toMatchObject({
      status: 'failed',
      error: { code: 'archive-damaged' },
    })
  })

  it('stops at the recorded size: a bomb of a gigabyte in a few kilobytes is never unfolded', async () => {
    const stage = await createBackupStage(
      'create table public.rows as select n from generate_series(1, 5000) n',
    )
    const bomb = await stage.take('archive')
    const keys = stage.store.ctx.keys!
    const { archive, manifest } = storedFiles(stage.data, bomb)
    const folded = async function* () {
      for (let i = 0; i < 16; i++) yield zstdCompressSync(Buffer.alloc(64 << 20))
    }
    const parts: Buffer[] = []
    const digest = createDigest(keys)
    for await (const part of encryptAge([await archiveRecipient(keys)], folded())) {
      digest.update(part)
      parts.push(part)
    }
    writeFileSync(archive, Buffer.concat(parts))
    const rawBytes = 4_000_000
    resignManifest(manifest, keys, { ...digest.end(), rawBytes })
    let unfolded = 0
    const opening = withAuthenticArchive(
      stage.store.ctx,
      bomb,
      { signal: new AbortController().signal },
      async (opened) => {
        for await (const chunk of opened.readDump()) unfolded += chunk.length
      },
    )
    await expect(opening).rejects.toMatchObject({
      code: 'archive-damaged',
      message: expect.stringContaining('holds more than its manifest says'),
    })
    expect(unfolded).toBeLessThanOrEqual(rawBytes)
  })

  it('refuses what was exchanged between the two readings, before a tool sees it', async () => {
    const stage = await createBackupStage(
      `create table public.rows as select n, md5(random()::text) as body from generate_series(1, 60000) n`,
    )
    const archive = await stage.take('archive')
    const path = storedFiles(stage.data, archive).archive
    let given = 0
    const opening = withAuthenticArchive(
      stage.store.ctx,
      archive,
      { signal: new AbortController().signal },
      async (opened) => {
        const bytes = readFileSync(path)
        bytes[10]! ^= 1
        writeFileSync(path, bytes)
        for await (const chunk of opened.read()) given += chunk.length
      },
    )
    await expect(opening).rejects.toMatchObject({
      code: 'archive-damaged',
      message: expect.stringContaining('changed while it was being read'),
    })
    expect(given).toBe(0)
  })
})

describe('an archive of format 1', { timeout: 120_000 }, () => {
  it('still opens, verifies and drills; it gets its row as a copy with the next sweep', async () => {
    const stage = await createBackupStage(
      'create table public.rows as select n from generate_series(1, 50) n',
    )
    const { ctx, db } = stage.store
    const now = await stage.take('archive')
    const files = storedFiles(stage.data, now)
    const oldFile = files.archive.replace(/\.age$/, '')
    const digest = createDigest(ctx.keys!)
    const raw: Buffer[] = []
    await withAuthenticArchive(ctx, now, { signal: new AbortController().signal }, async (opened) => {
      for await (const chunk of opened.readDump()) raw.push(chunk)
    })
    const compressed = zstdCompressSync(Buffer.concat(raw))
    digest.update(compressed)
    writeFileSync(oldFile, compressed)
    const {
      globals: _,
      target: __,
      recipients: ___,
      ...rest
    } = JSON.parse(readFileSync(files.manifest, 'utf8')).manifest
    resignManifest(files.manifest, ctx.keys!, { ...rest, ...digest.end(), format: 1, globals: null })
    await db.$client`delete from backup_copies where backup_id = ${now.id}`
    const location = archiveKeysAt(archiveStem(now.targetId, now.id, 1), 1).archive
    await db.$client`update backups set location = ${location}, verification = null where id = ${now.id}`
    expect((await stage.verify(now.id)).backup).toMatchObject({ status: 'good', verification: 'listed' })
    expect(await stage.drill(now.id)).toMatchObject({ verdict: 'passed' })
    await stage.take('archive')
    const copies = await db.$client`select key, status from backup_copies where backup_id = ${now.id}`
    expect([...copies]).toEqual([{ key: location, status: 'good' }])
    expect((await stage.verify(now.id)).run).toMatchObject({ status: 'succeeded' })
  })
})

describe('the names of archives', () => {
  const target = '0190f3a2-0000-7000-8000-000000000001'
  const backup = '0190f3a2-0000-7000-8000-000000000002'

  it('are made of ids, one set for each attempt, and read back', () => {
    for (const attempt of [1, 2, 31]) {
      const stem = archiveStem(target, backup, attempt)
      for (const [what, key] of Object.entries(archiveKeysAt(stem)))
        expect(readArchiveKey(key)).toEqual({
          stem,
          targetId: target,
          backupId: backup,
          isManifest: what === 'manifest',
        })
      expect(stemOf(archiveKeysAt(stem, 1).archive)).toBe(stem)
    }
  })

  it.each([
    `../${target}/${backup}.manifest.json`,
    `${target}/../${backup}.manifest.json`,
    `/${target}/${backup}.manifest.json`,
    `${target}/${backup}\n.manifest.json`,
    `${target}/${backup}\0.manifest.json`,
    `${target}/${backup}-0.manifest.json`,
    `${target}/${'a'.repeat(300)}.manifest.json`,
    `${target}/${backup}.manifest.json.partial`,
    `${target}/${backup}`,
    join(target, 'x.manifest.json'),
  ])('are never taken from anybody: %j is none', (key) => {
    expect(readArchiveKey(key)).toBeNull()
  })
})
