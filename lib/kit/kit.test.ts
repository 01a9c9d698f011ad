import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { unwrap } from '#lib/errors.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { createKeyRing } from '#lib/keys.ts'
import { readKit } from '#lib/kit/queries.ts'
import { requestKitTest } from '#lib/kit/request-kit-test.ts'
import { listSteps, shellWord } from '#lib/kit/steps.ts'
import { testKit } from '#lib/kit/test-kit.ts'
import type { KitTest } from '#lib/kit/types.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

const handlers = {
  'kit.test': (scope, payload) => testKit(scope, payload as { keyId?: string }),
} as Partial<JobHandlers> as JobHandlers

describe('the recovery kit', { timeout: 120_000 }, () => {
  let stage: BackupStage
  const test = async (keys = stage.store.ctx.keys!, asked = stage.store.ctx) => {
    const { jobRunId } = unwrap(await requestKitTest(asked, {}))
    await runJob({ ...stage.store.ctx, keys }, handlers, jobRunId, `test:${process.pid}`)
    return getJobRun(stage.store.db, jobRunId)
  }

  beforeAll(async () => {
    // More than the first block of an encrypted file, so that a cut at its end leaves that one whole.
    stage = await createBackupStage(
      'create table public.a as select n as id, md5(random()::text) as note from generate_series(1, 20000) n',
    )
    await stage.take('archive')
  })

  it('opens the newest archive of each database in each store, and says where the key is but never the key', async () => {
    const run = await test()
    const found = run.result as KitTest
    expect(found).toMatchObject({ ok: true, credentials: { opened: 1, problems: [] }, without: [] })
    expect(found.archives).toMatchObject([{ target: stage.target.name, store: 'local', problem: null }])
    expect(JSON.stringify(await stage.store.db.select().from(jobRuns))).not.toContain(testKey)
    const kit = await readKit(stage.store.db)
    expect(kit.lastTest!.test).toEqual(found)
    expect(JSON.stringify(kit)).not.toContain(testKey)
  })

  it('fails with another key, and names it; the earlier key among the old ones is enough', async () => {
    const other = createKeyRing(Buffer.alloc(32, 'another').toString('base64'))
    const asWorker = { ...stage.store.ctx, keys: null }
    const failed = (await test(other, asWorker)).result as KitTest
    expect(failed.ok).toBe(false)
    expect(failed.archives[0]!.problem).toContain(stage.store.ctx.keys!.keyId)
    expect(failed.credentials.problems).toHaveLength(1)
    const withOld = createKeyRing(Buffer.alloc(32, 'another').toString('base64'), [stage.store.ctx.keys!])
    expect((await test(withOld, asWorker)).result).toMatchObject({
      ok: true,
      olderKeyIds: [stage.store.ctx.keys!.keyId],
    })
  })

  it('tells the person at a terminal whose key is not the installation’s', async () => {
    const other = createKeyRing(Buffer.alloc(32, 'another').toString('base64'))
    const run = await test(stage.store.ctx.keys!, { ...stage.store.ctx, keys: other })
    expect(run).toMatchObject({ status: 'failed', error: { code: 'kit-other-key' } })
  })

  it.each(['.dump.zst.age', '.manifest.json'])('fails when the archive’s %s is cut', async (ending) => {
    const directory = join(stage.data, 'archives', stage.target.id)
    const file = join(directory, readdirSync(directory).find((name) => name.endsWith(ending))!)
    const whole = readFileSync(file)
    truncateSync(file, whole.length - 10)
    const found = (await test()).result as KitTest
    writeFileSync(file, whole)
    expect(found.ok).toBe(false)
    expect(((await test()).result as KitTest).ok).toBe(true)
  })

  it('is not ok while no archive opens at all', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-none-'))
    process.env.HOLDFAST_DATA = directory
    const found = (await test()).result as KitTest
    process.env.HOLDFAST_DATA = stage.data
    rmSync(directory, { recursive: true, force: true })
    expect(found.ok).toBe(false)
  })

  it('is tested by nobody who only may look', async () => {
    const viewer = await createTestPerson(stage.store, 'viewer')
    expect(await requestKitTest(viewer, {})).toMatchObject({ refusal: { code: 'forbidden' } })
    const before = await stage.store.db.$count(jobRuns, eq(jobRuns.kind, 'kit.test'))
    unwrap(await requestKitTest(await createTestPerson(stage.store, 'admin'), {}))
    expect(await stage.store.db.$count(jobRuns, eq(jobRuns.kind, 'kit.test'))).toBe(before + 1)
  })

  it('gives commands as they are typed, with the store that survives the machine', () => {
    const stores = [
      {
        name: 'local',
        kind: 'local' as const,
        place: '',
        argument: '/data/archives',
        leavesTheMachine: false,
      },
      {
        name: 's3',
        kind: 's3' as const,
        place: '',
        argument: 's3://bucket/x --region eu',
        leavesTheMachine: true,
      },
    ]
    const commands = listSteps(stores).flatMap((step) => step.commands)
    expect(commands).toContain('holdfast restores from-store s3://bucket/x --region eu --list')
    expect(shellWord("it's here")).toBe(`'it'\\''s here'`)
  })
})
