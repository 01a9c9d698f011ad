import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { users } from '#drizzle/schema/auth.ts'
import { backupCopies, backups, retentionFreezes } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { openArchive } from '#lib/backups/archives/open-archive.ts'
import { assertKeyFits, readStoreCatalogue } from '#lib/backups/copies/store-catalogue.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { unwrap } from '#lib/errors.ts'
import { createKeyRing } from '#lib/keys.ts'
import { rebuildCatalogue } from '#lib/restores/from-store/rebuild-catalogue.ts'
import { restoreControl } from '#lib/restores/from-store/restore-control.ts'
import { type RestoreProgress, restoreIntoEmpty } from '#lib/restores/from-store/restore-into-empty.ts'
import { openStoreAt } from '#lib/stores/open-store-at.ts'
import { controlTargetName } from '#lib/targets/control-target.ts'
import { keepControlTarget } from '#lib/targets/keep-control-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { type BackupStage, createBackupStage, oddScript } from '#lib/testing/backup-stage.ts'
import { createTestDatabase, createTestPerson, createTestStore, testUrl } from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

const keys = createKeyRing(testKey)
const work: RestoreProgress & { names: string[] } = {
  names: [],
  signal: new AbortController().signal,
  phase: (name) => void work.names.push(name),
  progress: () => {},
}

describe('a store and the key, when everything else is lost', { timeout: 120_000 }, () => {
  let stage: BackupStage
  let archive: BackupDetails
  let control: BackupDetails
  let root: string
  const copies: string[] = []

  /** The store as it lies on a disk that was carried to another machine. */
  const carry = (): string => {
    const place = mkdtempSync(join(tmpdir(), 'holdfast-carried-'))
    copies.push(place)
    cpSync(root, place, { recursive: true })
    return place
  }
  const filesOf = (place: string, backup: BackupDetails, ending: string): string[] =>
    readdirSync(join(place, backup.targetId))
      .filter((name) => name.startsWith(backup.id) && name.endsWith(ending))
      .map((name) => join(place, backup.targetId, name))

  beforeAll(async () => {
    stage = await createBackupStage(oddScript)
    unwrap(await keepControlTarget(stage.store.ctx, { url: stage.store.url }))
    archive = await stage.take('archive')
    expect(archive.error).toBeNull()
    await createTestPerson(stage.store, 'commander', 'ada@example.com')
    const asked = unwrap(await requestBackup(stage.store.ctx, { target: controlTargetName, kind: 'archive' }))
    await stage.run(asked.jobRunId)
    control = await getBackup(stage.store.db, asked.backupId)
    expect(control.error).toBeNull()
    root = join(stage.data, 'archives')
  }, 120_000)
  afterAll(() => {
    for (const place of copies) rmSync(place, { recursive: true, force: true })
  })

  it('lists what the store holds, and names what cannot be used without stopping at it', async () => {
    const place = carry()
    await stage.take('archive').then((second) => cpSync(root, place, { recursive: true }) ?? second)
    const [manifest] = filesOf(place, archive, '.manifest.json')
    writeFileSync(manifest!, readFileSync(manifest!, 'utf8').replace(/"rawBytes": ?\d+/, '"rawBytes": 1'))
    const { store } = await openStoreAt(place)
    const { targets: found, problems } = await readStoreCatalogue(store, keys, work.signal)
    expect(found.map(({ name, kind }) => [name, kind])).toEqual([
      [stage.target.name, 'application'],
      [controlTargetName, 'control'],
    ])
    expect(found[0]!.archives.map(({ backupId }) => backupId)).not.toContain(archive.id)
    expect(found[0]!.archives[0]).toMatchObject({ tables: expect.any(Number), keyId: keys.keyId })
    expect(problems).toMatchObject([{ code: 'archive-damaged', message: expect.stringContaining('changed') }])
  })

  it('says with another key which key is wanted', async () => {
    const { store } = await openStoreAt(carry())
    const other = createKeyRing(Buffer.alloc(32, 'another').toString('base64'))
    const catalogue = await readStoreCatalogue(store, other, work.signal)
    expect(() => assertKeyFits(catalogue, other)).toThrow(
      expect.objectContaining({ code: 'archive-other-key', message: expect.stringContaining(keys.keyId) }),
    )
    // As an earlier key it opens what it made.
    const both = createKeyRing(Buffer.alloc(32, 'another').toString('base64'), [keys])
    expect((await readStoreCatalogue(store, both, work.signal)).targets).toHaveLength(2)
  })

  it('finds no store where there is only a directory, and can write into none', async () => {
    await expect(openStoreAt(tmpdir())).rejects.toMatchObject({ code: 'store-not-found' })
    const { store } = await openStoreAt(carry())
    await expect(store.remove('x')).rejects.toMatchObject({ code: 'store-read-only' })
  })

  it('rebuilds the catalogue in an empty control database, and a second time changes nothing', async () => {
    const fresh = await createTestStore()
    const found = await openStoreAt(carry())
    const first = await rebuildCatalogue(fresh.ctx, found, work)
    expect(
      first.archives.every(({ status, verification }) => status === 'good' && verification === 'listed'),
    ).toBe(true)
    expect(first.controlArchives).toBe(1)
    const [target] = await fresh.db.select().from(targets).where(eq(targets.id, stage.target.id))
    expect(target).toMatchObject({ name: stage.target.name, status: 'needs-credentials' })
    const rebuilt = await getBackup(fresh.db, archive.id)
    expect(rebuilt).toMatchObject({ status: 'good', verification: 'listed', origin: 'holdfast' })
    expect(rebuilt.facts).toEqual(archive.facts)
    expect((await getPolicy(fresh.db, stage.target.id)).document.stores).toEqual(['local'])
    expect(await fresh.db.$count(retentionFreezes, eq(retentionFreezes.targetId, stage.target.id))).toBe(1)

    await fresh.db.update(backups).set({ status: 'expired' }).where(eq(backups.id, archive.id))
    const second = await rebuildCatalogue(fresh.ctx, found, work)
    expect(second.archives.every(({ status }) => status === 'known')).toBe(true)
    expect(second.store.change).toBeNull()
    expect((await getBackup(fresh.db, archive.id)).status).toBe('expired')
    expect(await fresh.db.$count(retentionFreezes)).toBe(1)
    const audits = await fresh.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.action, 'restores.rebuild'))
    expect(audits).toHaveLength(2)
  })

  it('takes a damaged archive over as damaged, and never calls it good', async () => {
    const place = carry()
    const [file] = filesOf(place, archive, '.dump.zst.age')
    const bytes = readFileSync(file!)
    bytes[bytes.length - 100]! ^= 1
    writeFileSync(file!, bytes)
    const fresh = await createTestStore()
    await rebuildCatalogue(fresh.ctx, await openStoreAt(place), work)
    expect(await getBackup(fresh.db, archive.id)).toMatchObject({ status: 'failed', verification: null })
    const [copy] = await fresh.db.select().from(backupCopies).where(eq(backupCopies.backupId, archive.id))
    expect(copy).toMatchObject({ status: 'damaged', verification: null })
  })

  it('is the operator’s act at the host and nobody else’s', async () => {
    const fresh = await createTestStore()
    const found = await openStoreAt(carry())
    for (const role of ['viewer', 'admin', 'commander'] as const) {
      const person = { ...(await createTestPerson(fresh, role)), keys }
      await expect(rebuildCatalogue(person, found, work)).rejects.toMatchObject({ kind: 'refused' })
    }
  })

  it('lets a rebuilt target follow the URL of where it is now', async () => {
    const fresh = await createTestStore()
    await rebuildCatalogue(fresh.ctx, await openStoreAt(carry()), work)
    const elsewhere = await createTestDatabase('create table public.a (id int primary key)')
    unwrap(await setCredential(fresh.ctx, { name: stage.target.name, role: 'owner', url: elsewhere.url }))
    const [target] = await fresh.db.select().from(targets).where(eq(targets.id, stage.target.id))
    expect(target).toMatchObject({ status: 'reachable', databaseName: elsewhere.database })
    const other = await createTestDatabase()
    expect(
      await setCredential(fresh.ctx, { name: stage.target.name, role: 'owner', url: other.url }),
    ).toMatchObject({ refusal: { code: 'credential-elsewhere' } })
    const moved = { name: stage.target.name, role: 'owner', url: other.url, moved: true }
    unwrap(await setCredential(fresh.ctx, moved))
    expect(await setCredential(fresh.ctx, { ...moved, role: 'watch', url: elsewhere.url })).toMatchObject({
      refusal: { code: 'credential-elsewhere' },
    })
  })

  const openFound = async () => {
    const { store } = await openStoreAt(carry())
    const catalogue = await readStoreCatalogue(store, keys, work.signal)
    const entry = catalogue.targets
      .flatMap(({ archives }) => archives)
      .find((one) => one.backupId === archive.id)!
    return openArchive(store, keys, entry.manifestKey, { signal: work.signal })
  }

  it('restores a database with no control database at all, and proves that its facts are equal', async () => {
    const empty = await createTestDatabase()
    const opened = await openFound()
    work.names = []
    const proof = await restoreIntoEmpty(opened, empty.url, work)
    expect(proof).toMatchObject({ differences: [], sameServer: true })
    expect(work.names).toEqual(['look at the database', 'restore', 'facts'])
    const [row] = await empty.sql`select count(*)::int as rows from public."e""mail"`
    expect(row!.rows).toBe(300)

    await expect(restoreIntoEmpty(opened, empty.url, work)).rejects.toMatchObject({
      code: 'database-not-empty',
    })
    await opened.close()
  })

  it.each([
    ['a schema', 'create schema kept'],
    ['a function', 'create function public.f() returns int language sql as $$ select 1 $$'],
    ['a type', `create type public.t as enum ('a')`],
    ['a sequence', 'create sequence public.s'],
    ['a large object', 'select lo_create(0)'],
  ])('refuses a database that holds nothing but %s', async (_, script) => {
    const used = await createTestDatabase(script)
    const opened = await openFound()
    await expect(restoreIntoEmpty(opened, used.url, work)).rejects.toMatchObject({
      code: 'database-not-empty',
    })
    await opened.close()
  })

  it('leaves a database marked as unfinished until its proof, and starts over in one that stayed empty', async () => {
    const empty = await createTestDatabase()
    const opened = await openFound()
    const comment = async () =>
      (
        await empty.sql`select shobj_description(oid, 'pg_database') as text from pg_database where datname = current_database()`
      )[0]!.text
    process.env.HOLDFAST_FAILPOINT = 'restores.before-restore:throw'
    await expect(restoreIntoEmpty(opened, empty.url, work)).rejects.toThrow('fail-point')
    expect(await comment()).toContain(`unfinished restore of archive ${archive.id}`)
    process.env.HOLDFAST_FAILPOINT = 'restores.before-proof:throw'
    await expect(restoreIntoEmpty(opened, empty.url, work)).rejects.toThrow('fail-point')
    expect(await comment()).toContain('unfinished')
    delete process.env.HOLDFAST_FAILPOINT
    await expect(restoreIntoEmpty(opened, empty.url, work)).rejects.toMatchObject({
      code: 'restore-unfinished',
    })

    const again = await createTestDatabase()
    expect((await restoreIntoEmpty(opened, again.url, work)).differences).toEqual([])
    await opened.close()
  })

  it('brings Holdfast’s own database back whole, ends what was under way, and knows what came later', async () => {
    const later = await stage.take('archive')
    const place = carry()
    // Expired after the control archive was taken: its record comes back, the archive does not.
    for (const ending of ['.dump.zst.age', '.manifest.json', '.globals.sql.zst.age'])
      for (const file of filesOf(place, archive, ending)) rmSync(file)
    const empty = await createTestDatabase()
    const operator = { kind: 'operator', osUser: 'tester', host: 'elsewhere' } as const
    const restored = await restoreControl(keys, await openStoreAt(place), empty.url, operator, work)
    expect(restored.archive.backupId).toBe(control.id)

    const db = openDb(empty.url, { applicationName: 'test' })
    try {
      expect(await db.$count(users, eq(users.email, 'ada@example.com'))).toBe(1)
      expect(await db.$count(jobRuns, eq(jobRuns.status, 'running'))).toBe(0)
      expect(await getBackup(db, later.id)).toMatchObject({ status: 'good', verification: 'listed' })
      expect(await getBackup(db, control.id)).toMatchObject({ status: 'good' })
      expect(await getBackup(db, archive.id)).toMatchObject({
        status: 'failed',
        error: { code: 'archive-missing' },
      })
      const [own] = await db.select().from(targets).where(eq(targets.name, controlTargetName))
      expect(own!.databaseName).toBe(empty.database)
    } finally {
      await closeDb(db)
    }
    await expect(
      restoreControl(keys, await openStoreAt(place), empty.url, operator, work),
    ).rejects.toMatchObject({ code: 'database-not-empty' })
  })

  it('never restores over the control database that is in use', async () => {
    const operator = { kind: 'operator', osUser: 'tester', host: 'elsewhere' } as const
    const attempt = restoreControl(keys, await openStoreAt(carry()), stage.store.url, operator, work)
    await expect(attempt).rejects.toMatchObject({ code: 'database-not-empty' })
    const session = postgres(testUrl(new URL(stage.store.url).pathname.slice(1)), { max: 1 })
    expect((await session`select count(*)::int as n from targets`)[0]!.n).toBe(2)
    await session.end()
  })
})
