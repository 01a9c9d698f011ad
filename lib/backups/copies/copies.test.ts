import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { backupCopies } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { policies } from '#drizzle/schema/targets.ts'
import { requestCopy } from '#lib/backups/copies/request-copy.ts'
import { requestCopyChecks } from '#lib/backups/copies/request-copy-checks.ts'
import { requestMissingCopies } from '#lib/backups/copies/request-missing-copies.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { sweepBackups } from '#lib/backups/sweep-backups.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import { unwrap } from '#lib/errors.ts'
import { addStore } from '#lib/stores/add-store.ts'
import { measureStores } from '#lib/stores/measure-stores.ts'
import { openStore } from '#lib/stores/open-store.ts'
import { policySchema } from '#lib/targets/policy.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { createS3Stage, type S3Stage } from '#lib/testing/s3-stage.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'

const script = `
  create table public.people (id int primary key, name text);
  insert into public.people select n, repeat(md5(n::text), 20) from generate_series(1, 2000) n;`

let stage: BackupStage
let s3: S3Stage
let attic: string
let version = 10

const ctx = () => ({ ...stage.store.ctx, actor: { kind: 'worker' as const, workerId: 'test' } })

async function keepIn(...stores: string[]): Promise<void> {
  await stage.store.db.insert(policies).values({
    targetId: stage.target.id,
    version: version++,
    document: policySchema.parse({ stores }),
    appliedBy: 'test',
  })
}

/** Does all copies and checks that wait, as a worker would. */
async function work(): Promise<void> {
  for (;;) {
    const [waiting] = await stage.store.db.select().from(jobRuns).where(eq(jobRuns.status, 'queued')).limit(1)
    if (!waiting) return
    await stage.run(waiting.id)
  }
}

async function copiesOf(backupId: string): Promise<Record<string, typeof backupCopies.$inferSelect>> {
  const rows = await stage.store.db
    .select({ copy: backupCopies, name: archiveStores.name })
    .from(backupCopies)
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(eq(backupCopies.backupId, backupId))
  return Object.fromEntries(rows.map(({ name, copy }) => [name, copy]))
}

async function takeCopied(): Promise<BackupDetails> {
  const backup = await stage.take('archive')
  expect(backup.status).toBe('good')
  for (let n = 0; n < 4; n++) {
    await requestMissingCopies(ctx(), stage.target.id)
    await work()
  }
  return backup
}

const fileOf = (root: string, key: string): string => join(root, key)
const local = (): string => join(stage.data, 'archives')

function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes[Math.floor(bytes.length / 2)]! ^= 1
  writeFileSync(path, bytes)
}

beforeAll(async () => {
  stage = await createBackupStage(script)
  s3 = await createS3Stage()
  attic = join(stage.data, '..', `${stage.data.split('/').pop()}-attic`)
  mkdirSync(attic)
  unwrap(await addStore(stage.store.ctx, { name: 'attic', place: { kind: 'local', directory: attic } }))
  const { endpoint, bucket } = await s3.newBucket()
  const place = {
    kind: 's3',
    endpoint,
    bucket,
    pathStyle: true,
    allowPrivate: true,
    credentials: s3.credentials,
  }
  unwrap(await addStore(stage.store.ctx, { name: 'offsite', place }))
  await keepIn('local', 'attic', 'offsite')
  return () => rmSync(attic, { recursive: true, force: true })
}, 180_000)

afterEach(async () => {
  s3.fault = () => null
  delete process.env.HOLDFAST_FAILPOINT
  await stage.store.db.update(archiveStores).set({ status: 'reachable' })
  // What failed is tried again at once, instead of after its pause.
  await stage.store.db
    .delete(jobRuns)
    .where(and(eq(jobRuns.kind, 'backups.copy'), eq(jobRuns.status, 'failed')))
})

describe('copies of an archive', () => {
  it('are made in every store of the policy, each read back there, and open by themselves', async () => {
    const backup = await takeCopied()
    const copies = await copiesOf(backup.id)
    expect(Object.keys(copies).sort()).toEqual(['attic', 'local', 'offsite'])
    for (const name of ['attic', 'offsite']) {
      expect(copies[name]).toMatchObject({
        status: 'good',
        verification: 'checksum',
        sizeBytes: backup.sizeBytes,
      })
      const { run, backup: verified } = await stage.verify(backup.id)
      expect(run.status).toBe('succeeded')
      expect(verified.verification).toBe('listed')
    }
    for (const name of ['attic', 'offsite'])
      expect((await copiesOf(backup.id))[name]).toMatchObject({ status: 'good', verification: 'listed' })
    const entries = await stage.store.db
      .select()
      .from(auditEntries)
      .where(and(eq(auditEntries.action, 'backups.copy'), eq(auditEntries.subject, `backup:${backup.id}`)))
    expect(entries.map(({ outcome }) => outcome)).toEqual(['done', 'done'])
    expect(await requestMissingCopies(ctx(), stage.target.id)).toEqual([])
  }, 180_000)

  it('are asked for by those who may, once, and only where there is none', async () => {
    const backup = await takeCopied()
    const viewer = await createTestPerson(stage.store, 'viewer')
    expect(await requestCopy(viewer, { backupId: backup.id, store: 'attic' })).toMatchObject({
      refusal: { code: 'forbidden' },
    })
    expect(await requestCopy(ctx(), { backupId: backup.id, store: 'attic' })).toMatchObject({
      refusal: { code: 'copy-there' },
    })
    const snapshot = await stage.take('snapshot')
    expect(await requestCopy(ctx(), { backupId: snapshot.id, store: 'attic' })).toMatchObject({
      refusal: { code: 'backup-not-archive' },
    })
  }, 180_000)

  it('that are damaged are found, kept aside, made again from a good one, and only then removed', async () => {
    const backup = await takeCopied()
    const before = (await copiesOf(backup.id)).attic!
    flip(fileOf(attic, before.key))
    expect((await stage.verify(backup.id)).run.status).toBe('failed')
    expect((await copiesOf(backup.id)).attic).toMatchObject({ status: 'damaged' })
    expect(await getBackup(stage.store.db, backup.id)).toMatchObject({ status: 'good' })

    process.env.HOLDFAST_FAILPOINT = 'backups.before-copied-manifest:throw'
    expect(await requestMissingCopies(ctx(), stage.target.id)).toEqual([
      { backupId: backup.id, store: 'attic' },
    ])
    await work()
    await sweepBackups(ctx(), stage.target.id)
    expect((await copiesOf(backup.id)).attic).toMatchObject({ status: 'damaged', key: before.key })
    expect(readdirSync(join(attic, stage.target.id))).toContain(before.key.split('/')[1])

    delete process.env.HOLDFAST_FAILPOINT
    await stage.store.db
      .delete(jobRuns)
      .where(and(eq(jobRuns.kind, 'backups.copy'), eq(jobRuns.status, 'failed')))
    await requestMissingCopies(ctx(), stage.target.id)
    await work()
    const after = (await copiesOf(backup.id)).attic!
    expect(after).toMatchObject({ status: 'good' })
    expect(after.key).not.toBe(before.key)
    expect(
      readFileSync(fileOf(attic, after.key)).equals(readFileSync(fileOf(local(), backup.location!))),
    ).toBe(true)
    await sweepBackups(ctx(), stage.target.id)
    expect(readdirSync(join(attic, stage.target.id))).not.toContain(before.key.split('/')[1])
    expect((await stage.verify(backup.id)).run.status).toBe('succeeded')
  }, 180_000)

  it('that are gone or of another size are found without being asked, and made again', async () => {
    const backup = await takeCopied()
    const { attic: there, offsite } = await copiesOf(backup.id)
    writeFileSync(fileOf(attic, there!.key), 'x')
    await (await openStore(ctx(), 'offsite')).remove(offsite!.key)
    const asked = await requestCopyChecks(ctx(), stage.target.id)
    expect(asked.map(({ store }) => store).sort()).toEqual(['attic', 'offsite'])
    expect(await requestCopyChecks(ctx(), stage.target.id)).toEqual([])
    await work()
    expect(await copiesOf(backup.id)).toMatchObject({
      attic: { status: 'damaged' },
      offsite: { status: 'missing' },
    })
    await requestMissingCopies(ctx(), stage.target.id)
    await work()
    expect(await copiesOf(backup.id)).toMatchObject({
      attic: { status: 'good' },
      offsite: { status: 'good' },
    })
  }, 180_000)

  it('are read again after a week', async () => {
    const backup = await takeCopied()
    expect(await requestCopyChecks(ctx(), stage.target.id)).toEqual([])
    await stage.store.db
      .update(backupCopies)
      .set({ verifiedAt: new Date(Date.now() - 8 * 86_400_000) })
      .where(eq(backupCopies.id, (await copiesOf(backup.id)).offsite!.id))
    expect(await requestCopyChecks(ctx(), stage.target.id)).toEqual([
      { backupId: backup.id, store: 'offsite' },
    ])
    await work()
    expect(await requestCopyChecks(ctx(), stage.target.id)).toEqual([])
  }, 180_000)

  it('in a store that does not answer are neither missing nor damaged, and nothing is asked of it', async () => {
    const backup = await takeCopied()
    s3.fault = () => ({ status: 503, code: 'SlowDown' })
    const { run } = await stage.verify(backup.id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'store-unreachable' } })
    await measureStores(ctx())
    expect(await requestCopyChecks(ctx(), stage.target.id)).toEqual([])
    expect((await copiesOf(backup.id)).offsite).toMatchObject({ status: 'good' })
    const second = await stage.take('archive')
    for (let n = 0; n < 3; n++) {
      const planned = await requestMissingCopies(ctx(), stage.target.id)
      expect(planned.map(({ store }) => store)).not.toContain('offsite')
      await work()
    }
    expect((await copiesOf(second.id)).offsite).toBeUndefined()
    s3.fault = () => null
    await measureStores(ctx())
    await requestMissingCopies(ctx(), stage.target.id)
    await work()
    expect((await copiesOf(second.id)).offsite).toMatchObject({ status: 'good' })
  }, 180_000)

  it('are not made from a source that turns out damaged; that one is marked and made again too', async () => {
    await keepIn('local', 'attic')
    const backup = await takeCopied()
    flip(fileOf(local(), backup.location!))
    await keepIn('local', 'attic', 'offsite')
    for (let n = 0; n < 3; n++) {
      await requestMissingCopies(ctx(), stage.target.id)
      await work()
    }
    const copies = await copiesOf(backup.id)
    expect(copies).toMatchObject({
      attic: { status: 'good' },
      offsite: { status: 'good' },
      local: { status: 'good' },
    })
    expect(copies.local!.key).not.toBe(backup.location)
    expect((await stage.verify(backup.id)).run.status).toBe('succeeded')
  }, 180_000)

  it('leave nothing that looks like an archive when they fail, and say why', async () => {
    const backup = await stage.take('archive')
    s3.fault = (method, url) => (method === 'GET' && url.includes('.dump.zst.age') ? 'flip' : null)
    const { jobRunId } = unwrap(await requestCopy(ctx(), { backupId: backup.id, store: 'offsite' }))
    expect(await stage.run(jobRunId)).toMatchObject({ status: 'failed', error: { code: 'copy-differs' } })
    expect((await copiesOf(backup.id)).offsite).toMatchObject({
      status: 'failed',
      error: { code: 'copy-differs' },
    })
    s3.fault = () => null
    const left: string[] = []
    for await (const { key } of (await openStore(ctx(), 'offsite')).list(`${stage.target.id}/${backup.id}`))
      left.push(key)
    expect(left).toEqual([])
    expect(await getBackup(stage.store.db, backup.id)).toMatchObject({ status: 'good' })
  }, 180_000)
})
