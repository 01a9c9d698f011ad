import { spawn, spawnSync } from 'node:child_process'
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { exportIdentity } from '#lib/backups/archives/export-identity.ts'
import { openArchive } from '#lib/backups/archives/open-archive.ts'
import type { ArchiveManifest, BackupDetails } from '#lib/backups/types.ts'
import { unwrap } from '#lib/errors.ts'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { openLocalStore } from '#lib/stores/local-store.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { type BackupStage, createBackupStage, oddScript } from '#lib/testing/backup-stage.ts'
import { storedFiles } from '#lib/testing/stored-archive.ts'
import { createTestDatabase, createTestPerson } from '#lib/testing/test-db.ts'

describe('an archive without Holdfast', { timeout: 120_000 }, () => {
  const place = mkdtempSync(join(tmpdir(), 'holdfast-stock-'))
  afterAll(() => rmSync(place, { recursive: true, force: true }))
  let stage: BackupStage
  let archive: BackupDetails
  let offline: string

  beforeAll(async () => {
    stage = await createBackupStage(oddScript)
    offline = await generateX25519Identity()
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    const archiveRecipients = [await identityToRecipient(offline)]
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, archiveRecipients },
      }),
    )
    archive = await stage.take('archive')
    expect(archive.error).toBeNull()
  })

  /** `age -d -i FILE archive | zstd -d | program`, each of them a program of its own. */
  async function throughStockTools(identity: string, file: string, program: string, args: string[]) {
    const key = join(place, `key-${identity.length}-${args.length}.txt`)
    writeFileSync(key, `${identity}\n`, { mode: 0o600 })
    const age = spawn('age', ['-d', '-i', key])
    const zstd = spawn('zstd', ['-d', '-q'])
    const last = spawn(program, args)
    let output = ''
    for (const stream of [age.stderr, zstd.stderr, last.stdout, last.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    const ended = new Promise<number | null>((resolve) => last.once('close', resolve))
    await Promise.all([
      pipeline(createReadStream(file), age.stdin),
      pipeline(age.stdout, zstd.stdin),
      pipeline(zstd.stdout, last.stdin),
    ])
    return { code: await ended, output }
  }

  it('is restored by age, zstd and pg_restore alone, and equals its facts', async () => {
    const { identity } = unwrap(await exportIdentity(stage.store.ctx, { destination: 'stdout' }))
    const scratch = await createTestDatabase()
    const { pgRestore } = requireTools()
    const { code, output } = await throughStockTools(
      identity,
      storedFiles(stage.data, archive).archive,
      pgRestore,
      ['--no-owner', '--no-privileges', '--exit-on-error', '--dbname', scratch.url],
    )
    expect(output).toBe('')
    expect(code).toBe(0)
    const session = connectToUrl(scratch.url, 'backup', { purpose: 'test' })
    const found = await session.begin('isolation level repeatable read read only', (transaction) =>
      readFacts(transaction),
    )
    await session.end()
    const { sequencesUpTo } = archive.manifest as ArchiveManifest
    expect(compareFacts(archive.facts!, found as never, { definitions: 'reloaded', sequencesUpTo })).toEqual(
      [],
    )
  })

  it('is opened by the policy’s own recipient too, globals included: roles and settings, never a password', async () => {
    const { globals } = storedFiles(stage.data, archive)
    const { code, output } = await throughStockTools(offline, globals, 'cat', [])
    expect(code).toBe(0)
    expect(output).toMatch(/^CREATE ROLE /m)
    expect(output).not.toMatch(/password/i)
    expect(readFileSync(globals).includes('CREATE ROLE')).toBe(false)
    expect((archive.manifest as ArchiveManifest).globals).toMatchObject({
      source: 'pg_dumpall',
      missing: [expect.stringContaining('passwords')],
    })
  })

  it('has the hash in its manifest that sha256sum gives', () => {
    const { stdout } = spawnSync('sha256sum', [storedFiles(stage.data, archive).archive], {
      encoding: 'utf8',
    })
    expect(stdout.split(' ')[0]).toBe((archive.manifest as ArchiveManifest).sha256)
  })

  it('is opened with its store and the keys alone, without any control database', async () => {
    const root = join(stage.data, 'archives')
    const id = readFileSync(join(root, '.holdfast-store'), 'utf8').trim()
    const opened = await openArchive(
      openLocalStore(id, 'moved', root),
      stage.store.ctx.keys!,
      `${archive.targetId}/${archive.id}.manifest.json`,
      { signal: new AbortController().signal },
    )
    expect(opened.manifest).toMatchObject({
      backupId: archive.id,
      target: { name: stage.target.name, environment: 'production' },
      policy: { archiveRecipients: [await identityToRecipient(offline)] },
    })
    expect(await opened.readGlobals()).toMatch(/CREATE ROLE/)
    let bytes = 0
    for await (const chunk of opened.readDump()) bytes += chunk.length
    expect(bytes).toBe(opened.manifest.rawBytes)
    await opened.close()
  })

  it('leaves its files readable by their owner only', () => {
    for (const path of Object.values(storedFiles(stage.data, archive)))
      expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('gives its identity to the operator only, and the audit knows before anybody has it', async () => {
    for (const role of ['viewer', 'admin', 'commander'] as const)
      expect(
        await exportIdentity(await createTestPerson(stage.store, role), { destination: 'stdout' }),
      ).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
    const { identity, keyId } = unwrap(
      await exportIdentity(stage.store.ctx, { destination: '/root/key.txt' }),
    )
    const entries = (await stage.store.db.select().from(auditEntries)).filter(
      ({ action, outcome }) => action === 'keys.export-identity' && outcome === 'done',
    )
    expect(entries.at(-1)).toMatchObject({
      subject: `key:${keyId}`,
      detail: { destination: '/root/key.txt' },
    })
    expect(JSON.stringify(entries)).not.toContain(identity)
  })
})
