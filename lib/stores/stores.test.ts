import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { archiveStores, storeCredentials, storeMeasurements } from '#drizzle/schema/stores.ts'
import { policies, targets } from '#drizzle/schema/targets.ts'
import type { Role } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { addForeignStore } from '#lib/stores/add-foreign-store.ts'
import { addStore } from '#lib/stores/add-store.ts'
import { checkStoreByName, measureStores } from '#lib/stores/measure-stores.ts'
import { openStore } from '#lib/stores/open-store.ts'
import { getStoreByName, listStores } from '#lib/stores/queries.ts'
import { removeStore } from '#lib/stores/remove-store.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { policySchema } from '#lib/targets/policy.ts'
import { createS3Stage, type S3Stage } from '#lib/testing/s3-stage.ts'
import {
  createTestDatabase,
  createTestDataDirectory,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

const { signal } = new AbortController()
let store: TestStore
let stage: S3Stage
let root: string

async function* content(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

const directory = (name: string): string => {
  const path = join(root, name)
  mkdirSync(path, { recursive: true })
  return path
}

const addLocal = (name: string, path = directory(name), adopt = false) =>
  addStore(store.ctx, { name, place: { kind: 'local', directory: path }, adopt })

async function s3Place(prefix = '') {
  const { endpoint, region, bucket } = await stage.newBucket()
  return {
    kind: 's3',
    endpoint,
    region,
    bucket,
    prefix,
    pathStyle: true,
    allowPrivate: true,
    credentials: stage.credentials,
  }
}

beforeAll(async () => {
  createTestDataDirectory()
  root = mkdtempSync(join(tmpdir(), 'holdfast-stores-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  store = await createTestStore()
  stage = await createS3Stage()
})

describe('adding a store', () => {
  it.each<Role>(['viewer', 'commander'])('refuses a %s, and marks nothing', async (role) => {
    const ctx = await createTestPerson(store, role)
    const path = directory(`by-${role}`)
    const refused = await addStore(ctx, { name: 'mine', place: { kind: 'local', directory: path } })
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
    expect(await addLocal(`by-${role}`, path)).toMatchObject({ ok: true })
    expect(await removeStore(ctx, { name: `by-${role}` })).toMatchObject({ refusal: { code: 'forbidden' } })
  })

  it('marks a directory, resolves its links once, and says when it is the disk that holds the data', async () => {
    const real = directory('real')
    symlinkSync(real, join(root, 'link'))
    const added = unwrap(await addLocal('cellar', join(root, 'link')))
    expect(added.place).toBe(real)
    expect(added.warnings.join()).toMatch(/same disk/)
    const opened = await openStore(store.ctx, 'cellar')
    await opened.write('t/one', content('x'), { signal })
    expect(await opened.stat('t/one')).toMatchObject({ bytes: 1 })
  })

  it('refuses what is not there, a taken name, and a place that overlaps another store or the data', async () => {
    expect(await addLocal('gone', join(root, 'not-there'))).toMatchObject({
      refusal: { code: 'invalid-input' },
    })
    expect(await addLocal('cellar', directory('x'))).toMatchObject({ refusal: { code: 'store-exists' } })
    expect(await addLocal('local', directory('x'))).toMatchObject({ refusal: { code: 'store-exists' } })
    expect(await addLocal('inner', directory('real/inner'))).toMatchObject({
      refusal: { code: 'store-taken' },
    })
    expect(await addLocal('outer', root)).toMatchObject({ refusal: { code: 'store-taken' } })
    expect(await addLocal('data', process.env.HOLDFAST_DATA)).toMatchObject({
      refusal: { code: 'invalid-input' },
    })
    expect(await addLocal('relative', 'relative/path')).toMatchObject({ refusal: { code: 'invalid-input' } })
  })

  it('takes over a marked place only when told to, and then knows its copies again', async () => {
    const path = directory('moved')
    const { id } = unwrap(await addLocal('before', path))
    expect(await addLocal('twice', path, true)).toMatchObject({ refusal: { code: 'store-taken' } })
    unwrap(await removeStore(store.ctx, { name: 'before' }))
    expect(await addLocal('after', path)).toMatchObject({ refusal: { code: 'store-taken' } })
    expect(unwrap(await addLocal('after', path, true)).id).toBe(id)
    const foreign = directory('foreign')
    writeFileSync(join(foreign, '.holdfast-store'), '0195a000-0000-7000-8000-0000000000aa\n')
    expect(unwrap(await addLocal('foreign', foreign, true)).id).toBe('0195a000-0000-7000-8000-0000000000aa')
  })

  it('seals the secret of a bucket and shows it nowhere', async () => {
    const place = await s3Place('holdfast')
    const secretAccessKey =
      stage.credentials.secretAccessKey === 'S3RVER' ? 'canary-SECRET-1' : stage.credentials.secretAccessKey
    const added = unwrap(
      await addStore(store.ctx, {
        name: 'offsite',
        place: { ...place, credentials: { ...stage.credentials, secretAccessKey } },
      }),
    )
    const opened = await openStore(store.ctx, 'offsite')
    await opened.write('t/one', content('x'), { signal })
    const [sealed] = await store.db
      .select()
      .from(storeCredentials)
      .where(eq(storeCredentials.storeId, added.id))
    const records = [await store.db.select().from(auditEntries), await listStores(store.db), sealed, added]
    expect(JSON.stringify(records)).not.toContain(secretAccessKey)
    expect(JSON.stringify((await getStoreByName(store.db, 'offsite')).settings)).toContain(
      '"prefix":"holdfast/"',
    )
    await expect(openStore({ ...store.ctx, keys: null }, 'offsite')).rejects.toMatchObject({
      code: 'key-not-here',
    })
  })

  it('stores nothing of a bucket that does not answer, and audits that', async () => {
    const place = { ...(await s3Place()), bucket: 'no-such-bucket-here' }
    await expect(addStore(store.ctx, { name: 'nowhere', place })).rejects.toMatchObject({
      code: 'store-unreachable',
    })
    const inside = { ...(await s3Place()), allowPrivate: false }
    expect(await addStore(store.ctx, { name: 'nowhere', place: inside })).toMatchObject({
      refusal: { code: 'invalid-input' },
    })
    const tls = { ...inside, endpoint: String(inside.endpoint).replace('http:', 'https:') }
    await expect(addStore(store.ctx, { name: 'nowhere', place: tls })).rejects.toMatchObject({
      code: 'store-unreachable',
      hint: expect.stringContaining('--allow-private'),
    })
    expect((await listStores(store.db)).map(({ name }) => name)).not.toContain('nowhere')
    const failed = await store.db.select().from(auditEntries).where(eq(auditEntries.subject, 'store:nowhere'))
    expect(failed.filter(({ outcome }) => outcome === 'failed')).not.toHaveLength(0)
  })

  it.each([
    'https://user:pass@host',
    'https://host/path',
    'file:///etc/passwd',
    'gopher://host',
    'https://host?x=1',
  ])('refuses the endpoint %s', async (endpoint) => {
    const place = { ...(await s3Place()), endpoint }
    expect(await addStore(store.ctx, { name: 'odd', place })).toMatchObject({
      refusal: { code: 'invalid-input' },
    })
  })

  it('refuses a lock where the bucket has none', async () => {
    const place = { ...(await s3Place()), lockDays: 30 }
    expect(await addStore(store.ctx, { name: 'locked', place })).toMatchObject({
      refusal: { code: 'store-no-lock' },
    })
  })
})

describe('looking after stores', () => {
  it('knows when one stops answering and when it is back, with one entry for each', async () => {
    const path = directory('flapping')
    unwrap(await addLocal('flapping', path))
    await measureStores(store.ctx)
    expect(await getStoreByName(store.db, 'flapping')).toMatchObject({ status: 'reachable', error: null })
    rmSync(path, { recursive: true })
    await measureStores(store.ctx)
    await measureStores(store.ctx)
    expect(await getStoreByName(store.db, 'flapping')).toMatchObject({
      status: 'unreachable',
      error: { code: 'store-unreachable' },
      usedBytes: 0,
    })
    expect((await checkStoreByName(store.ctx, 'flapping')).error).toMatchObject({ code: 'store-unreachable' })
    const entries = await store.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.subject, 'store:flapping'))
    expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'stores.add done',
      'stores.check failed',
    ])
  })

  it('measures what each holds, one row a day', async () => {
    const opened = await openStore(store.ctx, 'cellar')
    await opened.write('t/two.manifest.json', content('12345'), { signal })
    await measureStores(store.ctx)
    const { found } = await checkStoreByName(store.ctx, 'cellar')
    expect(found).toMatchObject({ usedBytes: 6, archives: 1, freeBytes: expect.any(Number) })
    const rows = await store.db
      .select()
      .from(storeMeasurements)
      .where(eq(storeMeasurements.storeId, opened.id))
    expect(rows).toMatchObject([{ usedBytes: 6, archives: 1 }])
  })
})

describe('a policy', () => {
  it('is refused when it names a store that is not there, with the name that was meant', async () => {
    const { url } = await createTestDatabase('create table public.things (id int primary key)')
    const policy = { stores: ['local', 'celar'], foreignArchives: [{ store: 'nowhere-at-all' }] }
    const refused = await addTarget(store.ctx, { name: 'shop', url, policy })
    expect(refused).toMatchObject({ refusal: { code: 'policy-mismatch' } })
    expect(JSON.stringify(refused)).toContain('is it “cellar”?')
    unwrap(await addTarget(store.ctx, { name: 'shop', url, environment: 'staging' }))
    for (const stores of [
      ['local', 'celar'],
      ['cellar', 'cellar'],
    ])
      expect(await applyPolicy(store.ctx, { name: 'shop', document: { stores } })).toMatchObject({
        refusal: { code: 'policy-mismatch' },
      })
    const theirs = { kind: 'local', directory: directory('theirs') }
    unwrap(await addForeignStore(store.ctx, { name: 'theirs', place: theirs }))
    const written = await applyPolicy(store.ctx, { name: 'shop', document: { stores: ['local', 'theirs'] } })
    expect(JSON.stringify(written)).toContain('“theirs” is only read here')
    unwrap(await applyPolicy(store.ctx, { name: 'shop', document: { stores: ['local', 'cellar'] } }))
    unwrap(await applyPolicy(store.ctx, { name: 'shop', document: { stores: ['local'] } }))
  })
})

describe('removing a store', () => {
  async function addTargetRow(stores: string[]): Promise<string> {
    const [target] = await store.db
      .insert(targets)
      .values({
        name: `t-${crypto.randomUUID().slice(0, 8)}`,
        environment: 'staging',
        host: 'h',
        port: 1,
        databaseName: 'd',
        serverVersion: '15',
        serverVersionNumber: 150000,
        tableCount: 0,
        createdBy: 'test',
      })
      .returning()
    await store.db.insert(policies).values({
      targetId: target!.id,
      version: 1,
      document: policySchema.parse({ stores }),
      appliedBy: 'test',
    })
    return target!.id
  }

  it('is refused while a policy in force names it', async () => {
    unwrap(await addLocal('wanted'))
    const targetId = await addTargetRow(['local', 'wanted'])
    expect(await removeStore(store.ctx, { name: 'wanted' })).toMatchObject({
      refusal: { code: 'store-in-use' },
    })
    const document = policySchema.parse({ foreignArchives: [{ store: 'wanted' }] })
    await store.db.insert(policies).values({ targetId, version: 2, document, appliedBy: 'test' })
    expect(await removeStore(store.ctx, { name: 'wanted' })).toMatchObject({
      refusal: { code: 'store-in-use' },
    })
    await store.db
      .insert(policies)
      .values({ targetId, version: 3, document: policySchema.parse({}), appliedBy: 'test' })
    expect(await removeStore(store.ctx, { name: 'wanted' })).toMatchObject({ ok: true })
    expect(await store.db.select().from(archiveStores).where(eq(archiveStores.name, 'wanted'))).toHaveLength(
      1,
    )
  })

  it('is refused while an archive has its only good copy there', async () => {
    const { id } = unwrap(await addLocal('holding'))
    const other = unwrap(await addLocal('second'))
    const targetId = await addTargetRow(['local'])
    const [backup] = await store.db
      .insert(backups)
      .values({ targetId, kind: 'archive', purpose: 'manual', status: 'good', requestedBy: 'test' })
      .returning()
    const copy = (storeId: string, status: 'good' | 'damaged') =>
      store.db.insert(backupCopies).values({ backupId: backup!.id, storeId, key: 'k', status })
    await copy(id, 'good')
    await copy(other.id, 'damaged')
    expect(await removeStore(store.ctx, { name: 'holding' })).toMatchObject({
      refusal: { code: 'store-holds-only-copies' },
    })
    await store.db.update(backupCopies).set({ status: 'good' }).where(eq(backupCopies.storeId, other.id))
    expect(await removeStore(store.ctx, { name: 'holding' })).toMatchObject({ ok: true })
    expect(await removeStore(store.ctx, { name: 'second' })).toMatchObject({
      refusal: { code: 'store-holds-only-copies' },
    })
  })
})
