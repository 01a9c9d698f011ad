import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { and, eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { readStoreCatalogue } from '#lib/backups/copies/store-catalogue.ts'
import { watchForeign } from '#lib/backups/foreign/watch-foreign.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { unwrap } from '#lib/errors.ts'
import { createKeyRing } from '#lib/keys.ts'
import { rebuildCatalogue } from '#lib/restores/from-store/rebuild-catalogue.ts'
import { restoreControl } from '#lib/restores/from-store/restore-control.ts'
import type { RestoreProgress } from '#lib/restores/from-store/restore-into-empty.ts'
import { addForeignStore } from '#lib/stores/add-foreign-store.ts'
import { addStore } from '#lib/stores/add-store.ts'
import { openStore } from '#lib/stores/open-store.ts'
import { openStoreAt } from '#lib/stores/open-store-at.ts'
import { openS3Store, s3MarkerKey } from '#lib/stores/s3-store.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { controlTargetName } from '#lib/targets/control-target.ts'
import { keepControlTarget } from '#lib/targets/keep-control-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { createS3Stage, type S3Stage } from '#lib/testing/s3-stage.ts'
import { createTestDatabase, createTestStore } from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

const keys = createKeyRing(testKey)
const signal = new AbortController().signal
const work: RestoreProgress = { signal, phase: () => {}, progress: () => {} }
const operator = { kind: 'operator', osUser: 'tester', host: 'elsewhere' } as const

describe('a store that lies elsewhere', { timeout: 120_000 }, () => {
  let stage: BackupStage
  let archive: BackupDetails
  const elsewhere = mkdtempSync(join(tmpdir(), 'holdfast-elsewhere-'))

  beforeAll(async () => {
    stage = await createBackupStage(
      'create table public.a (id int primary key); insert into public.a select generate_series(1, 500)',
    )
    unwrap(
      await addStore(stage.store.ctx, { name: 'elsewhere', place: { kind: 'local', directory: elsewhere } }),
    )
    unwrap(await keepControlTarget(stage.store.ctx, { url: stage.store.url }))
    for (const name of [stage.target.name, controlTargetName]) {
      const id = name === controlTargetName ? null : stage.target.id
      const targetId =
        id ?? unwrap(await keepControlTarget(stage.store.ctx, { url: stage.store.url })).targetId
      const { document } = await getPolicy(stage.store.db, targetId)
      unwrap(
        await applyPolicy(stage.store.ctx, {
          name,
          document: { ...document, stores: name === controlTargetName ? ['elsewhere'] : ['local'] },
        }),
      )
    }
    archive = await stage.take('archive')
    const asked = unwrap(await requestBackup(stage.store.ctx, { target: controlTargetName, kind: 'archive' }))
    await stage.run(asked.jobRunId)
    expect((await getBackup(stage.store.db, asked.backupId)).error).toBeNull()
  }, 120_000)
  afterEach(() => {
    delete process.env.HOLDFAST_FAILPOINT
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name]
  })
  afterAll(() => rmSync(elsewhere, { recursive: true, force: true }))

  it('knows, once the records are back, that the store in the old data directory is gone', async () => {
    const home = process.env.HOLDFAST_DATA
    const empty = await createTestDatabase()
    const anew = mkdtempSync(join(tmpdir(), 'holdfast-anew-'))
    process.env.HOLDFAST_DATA = anew
    try {
      await restoreControl(keys, await openStoreAt(elsewhere), empty.url, operator, work)
    } finally {
      process.env.HOLDFAST_DATA = home
      rmSync(anew, { recursive: true, force: true })
    }
    const db = openDb(empty.url, { applicationName: 'test' })
    try {
      expect(await getBackup(db, archive.id)).toMatchObject({
        status: 'failed',
        error: { code: 'archive-missing' },
      })
      expect(
        await db.$count(
          backupCopies,
          and(eq(backupCopies.backupId, archive.id), eq(backupCopies.status, 'missing')),
        ),
      ).toBe(1)
    } finally {
      await closeDb(db)
    }
  })

  it('is taken over to its end after a take-over that was cut off in the middle', async () => {
    const fresh = await createTestStore()
    const found = await openStoreAt(join(stage.data, 'archives'))
    process.env.HOLDFAST_FAILPOINT = 'restores.before-record:throw'
    await expect(rebuildCatalogue(fresh.ctx, found, work)).rejects.toThrow('fail-point')
    expect(await fresh.db.$count(backups)).toBe(0)
    delete process.env.HOLDFAST_FAILPOINT
    const rebuilt = await rebuildCatalogue(fresh.ctx, found, work)
    expect(rebuilt.archives).toMatchObject([{ backupId: archive.id, status: 'good' }])
    expect(rebuilt.targets).toMatchObject([{ added: false }])
  })

  describe('in a bucket', () => {
    let s3: S3Stage
    beforeAll(async () => {
      s3 = await createS3Stage()
    })
    const putRaw = (Bucket: string, Key: string, Body: string) =>
      s3.direct.send(new PutObjectCommand({ Bucket, Key, Body }))
    const asMachine = () => {
      process.env.AWS_ACCESS_KEY_ID = s3.credentials.accessKeyId
      process.env.AWS_SECRET_ACCESS_KEY = s3.credentials.secretAccessKey
    }

    it('is opened from its address and the machine’s credentials alone', async () => {
      const settings = await s3.newBucket('shop/')
      const id = '0195a000-0000-7000-8000-000000000009'
      // What the installation that is gone had left there.
      const writer = openS3Store(
        { id, name: 'bucket', settings: { ...settings, foreign: true } },
        s3.credentials,
      )
      const put = async (key: string, content: Buffer) => {
        const one = async function* () {
          yield content
        }
        await writer.write(key, one(), { signal })
      }
      const directory = join(stage.data, 'archives', stage.target.id)
      for (const name of readdirSync(directory))
        await put(`${stage.target.id}/${name}`, readFileSync(join(directory, name)))
      await putRaw(settings.bucket, s3MarkerKey(settings), `${id}\n`)
      asMachine()
      const { store } = await openStoreAt(`s3://${settings.bucket}/shop`, {
        endpoint: settings.endpoint!,
        pathStyle: true,
        allowPrivate: true,
      })
      const { targets, problems } = await readStoreCatalogue(store, keys, signal)
      expect(problems).toEqual([])
      expect(targets).toMatchObject([{ name: stage.target.name, archives: [{ backupId: archive.id }] }])
      const fresh = await createTestStore()
      const found = await openStoreAt(`s3://${settings.bucket}/shop`, {
        endpoint: settings.endpoint!,
        pathStyle: true,
        allowPrivate: true,
      })
      const rebuilt = await rebuildCatalogue(fresh.ctx, found, work)
      for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name]
      const opened = await openStore(fresh.ctx, rebuilt.store.name)
      expect(await opened.stat(archive.location!)).not.toBeNull()
      asMachine()
      await expect(
        openStoreAt(`s3://${settings.bucket}/other`, {
          endpoint: settings.endpoint!,
          pathStyle: true,
          allowPrivate: true,
        }),
      ).rejects.toMatchObject({ code: 'store-not-found' })
    })

    it('holds others’ archives that are listed without a trace of Holdfast in it', async () => {
      const settings = await s3.newBucket('theirs/')
      await putRaw(settings.bucket, 'theirs/broken.dump', 'PGDMP and nothing more')
      const place = {
        kind: 's3',
        bucket: settings.bucket,
        endpoint: settings.endpoint,
        prefix: 'theirs',
        pathStyle: true,
        allowPrivate: true,
        credentials: s3.credentials,
      }
      unwrap(await addForeignStore(stage.store.ctx, { name: 'bucket', place }))
      const { document } = await getPolicy(stage.store.db, stage.target.id)
      unwrap(
        await applyPolicy(stage.store.ctx, {
          name: stage.target.name,
          document: { ...document, foreignArchives: [{ store: 'bucket' }] },
        }),
      )
      for (const _ of [1, 2]) await watchForeign(stage.store.ctx, stage.target.id, { signal, settledMs: 0 })
      const [listed] = await stage.store.db.select().from(backups).where(eq(backups.origin, 'foreign'))
      expect(listed).toMatchObject({ status: 'failed', error: { code: 'archive-damaged' } })
      const [store] = await stage.store.db
        .select()
        .from(archiveStores)
        .where(eq(archiveStores.name, 'bucket'))
      expect(store!.settings).toMatchObject({ foreign: true })
      const { Contents } = await s3.direct.send(new ListObjectsV2Command({ Bucket: settings.bucket }))
      expect(Contents!.map(({ Key }) => Key)).toEqual(['theirs/broken.dump'])
    })
  })
})
