import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { backupCopies } from '#drizzle/schema/backups.ts'
import { policies } from '#drizzle/schema/targets.ts'
import { requestCopy } from '#lib/backups/copies/request-copy.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { requestVerification } from '#lib/backups/request-verification.ts'
import { sweepBackups } from '#lib/backups/sweep-backups.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { addStore } from '#lib/stores/add-store.ts'
import { openStore } from '#lib/stores/open-store.ts'
import { policySchema } from '#lib/targets/policy.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { createS3Stage } from '#lib/testing/s3-stage.ts'

// More than one part of an upload, so that one can be killed in its middle.
const script = `
  create table public.rows (id int primary key, body text);
  insert into public.rows
  select n, (select string_agg(md5(random()::text || n || m), '') from generate_series(1, 32) m) from generate_series(1, 34000) n`

let stage: BackupStage
let attic: string
let backup: BackupDetails

beforeAll(async () => {
  stage = await createBackupStage(script)
  attic = `${stage.data}-attic`
  mkdirSync(attic)
  unwrap(await addStore(stage.store.ctx, { name: 'attic', place: { kind: 'local', directory: attic } }))
  const s3 = await createS3Stage()
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
  const document = policySchema.parse({ stores: ['local', 'attic', 'offsite'] })
  await stage.store.db
    .insert(policies)
    .values({ targetId: stage.target.id, version: 2, document, appliedBy: 'test' })
  backup = await stage.take('archive')
  expect(backup.sizeBytes).toBeGreaterThan(17_000_000)
  return () => rmSync(attic, { recursive: true, force: true })
}, 300_000)

function startChild(jobRunId: string, failPoint: string) {
  const child = spawn(process.execPath, ['lib/testing/run-backup-job.ts', stage.store.url, jobRunId], {
    cwd: packageRoot,
    env: { ...process.env, HOLDFAST_FAILPOINT: failPoint, HOLDFAST_LOG_LEVEL: 'silent' },
    stdio: 'ignore',
  })
  return { child, ended: new Promise((resolve) => child.once('exit', resolve)) }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A dead worker's lease ends by the clock of the database; then anybody may take the work. */
async function leaseOver(jobRunId: string): Promise<void> {
  for (;;) {
    const [row] = await stage.store.db.$client`
      select coalesce(lease_until < now(), true) as over from job_runs where id = ${jobRunId}`
    if (row?.over === true) return
    await pause(20)
  }
}

const copyIn = async (store: string) => {
  const { id } = await openStore(stage.store.ctx, store)
  const rows = await stage.store.db.select().from(backupCopies).where(eq(backupCopies.backupId, backup.id))
  return rows.find(({ storeId }) => storeId === id)
}

async function objects(store: string): Promise<string[]> {
  const all: string[] = []
  for await (const { key } of (await openStore(stage.store.ctx, store)).list(stage.target.id)) all.push(key)
  return all
}

/** Gone from the store and the records, for the next killing. */
async function forget(store: string): Promise<void> {
  const opened = await openStore(stage.store.ctx, store)
  for (const key of await objects(store)) await opened.remove(key)
  await stage.store.db.delete(backupCopies).where(eq(backupCopies.storeId, opened.id))
}

/** The retry makes a good copy, and what the dead one left is swept. */
async function recover(store: string, jobRunId: string): Promise<void> {
  await leaseOver(jobRunId)
  expect(await stage.run(jobRunId)).toMatchObject({ status: 'succeeded' })
  const copy = (await copyIn(store))!
  expect(copy).toMatchObject({ status: 'good' })
  await sweepBackups(stage.store.ctx, stage.target.id)
  expect(await objects(store)).toHaveLength(3)
  expect(await objects(store)).toContain(copy.key)
  expect(await verify(store)).toMatchObject({ status: 'succeeded' })
  await forget(store)
}

/** Of the copy in this store alone. */
const verify = async (store: string) =>
  stage.run(unwrap(await requestVerification(stage.store.ctx, { backupId: backup.id, store })).jobRunId)

const ask = async (store: string) =>
  unwrap(await requestCopy(stage.store.ctx, { backupId: backup.id, store }))

describe('a worker that dies while it copies an archive', { timeout: 300_000 }, () => {
  it.each([
    ['attic', 'stores.before-fsync'],
    ['attic', 'stores.after-link'],
    ['attic', 'stores.after-rename'],
    ['attic', 'backups.before-copied-manifest'],
    ['attic', 'backups.after-copied-manifest'],
    ['offsite', 'stores.before-complete'],
    ['offsite', 'stores.after-complete'],
    ['offsite', 'backups.before-copied-manifest'],
    ['offsite', 'backups.after-copied-manifest'],
  ])('to %s at %s: the copy is not listed as good, and the retry makes a good one', async (store, place) => {
    const { jobRunId } = await ask(store)
    await startChild(jobRunId, `${place}:kill`).ended
    expect(await copyIn(store)).toMatchObject({ status: 'writing', verification: null })
    expect(await getBackup(stage.store.db, backup.id)).toMatchObject({ status: 'good' })
    await recover(store, jobRunId)
  })

  const seed = Number(process.env.HOLDFAST_TEST_SEED ?? 20_260_329)
  it(`at any moment (seed ${seed}): the source stays good, and the retry makes a good copy`, async () => {
    let state = seed
    const random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return state / 2 ** 32
    }
    for (let round = 0; round < 4; round++) {
      const store = round % 2 === 0 ? 'attic' : 'offsite'
      const { jobRunId } = await ask(store)
      const { child, ended } = startChild(jobRunId, '')
      await pause(400 + random() * 1600)
      child.kill('SIGKILL')
      await ended
      const copy = await copyIn(store)
      if (copy?.status === 'good') {
        expect(await verify(store)).toMatchObject({ status: 'succeeded' })
        await forget(store)
        await leaseOver(jobRunId)
        await stage.store.db.$client`update job_runs set status = 'succeeded' where id = ${jobRunId}`
      } else await recover(store, jobRunId)
      expect(readdirSync(join(stage.data, 'archives', stage.target.id))).toHaveLength(3)
    }
  })
})
