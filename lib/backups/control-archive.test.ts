import { desc, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { getBackup, getDrill } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { requestDeployment } from '#lib/deployments/request-deployment.ts'
import { unwrap } from '#lib/errors.ts'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import { requestPermit } from '#lib/guards/request-permit.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import { requestRecovery } from '#lib/recovery/request-recovery.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { controlTargetName } from '#lib/targets/control-target.ts'
import { withTargetHold } from '#lib/targets/hold-target.ts'
import { keepControlTarget } from '#lib/targets/keep-control-target.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy, getTargetUrl, listTargets } from '#lib/targets/queries.ts'
import { removeTarget } from '#lib/targets/remove-target.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { backupHandlers } from '#lib/testing/backup-handlers.ts'
import {
  createTestDatabase,
  createTestDataDirectory,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

describe('Holdfast’s own database as a target', { timeout: 120_000 }, () => {
  let store: TestStore
  let targetId: string
  const newestAudit = async () =>
    (await store.db.select().from(auditEntries).orderBy(desc(auditEntries.seq)).limit(1))[0]!
  const run = (jobRunId: string) => runJob(store.ctx, backupHandlers, jobRunId, `test:${process.pid}`)

  beforeAll(async () => {
    createTestDataDirectory()
    store = await createTestStore()
    targetId = unwrap(await keepControlTarget(store.ctx, { url: store.url })).targetId
  })

  it('is made once, with a policy that protects no table, and comes after every application', async () => {
    expect(unwrap(await keepControlTarget(store.ctx, { url: store.url }))).toEqual({ targetId, change: null })
    const { document } = await getPolicy(store.db, targetId)
    expect(document.protectedTables).toEqual([])
    const database = await createTestDatabase('create table public.a (id int primary key)')
    unwrap(await addTarget(store.ctx, { name: 'zoo', url: database.url, environment: 'production' }))
    expect((await listTargets(store.db)).map(({ name }) => name)).toEqual(['zoo', controlTargetName])
  })

  it('is followed to where it is now, and says so in the audit', async () => {
    await store.db.update(targets).set({ port: 1 }).where(eq(targets.id, targetId))
    expect(unwrap(await keepControlTarget(store.ctx, { url: store.url })).change).toBe('moved')
    expect(await newestAudit()).toMatchObject({ action: 'targets.keep-control', target: controlTargetName })
    expect(new URL(await getTargetUrl(store.ctx, targetId, 'backup')).pathname).toBe(
      new URL(store.url).pathname,
    )
  })

  it('is no other database than the control database, and nobody at a page makes it', async () => {
    const other = await createTestDatabase()
    expect(await keepControlTarget(store.ctx, { url: other.url })).toMatchObject({
      refusal: { code: 'not-control' },
    })
    for (const role of ['viewer', 'admin', 'commander'] as const) {
      const person = await createTestPerson(store, role)
      expect(await keepControlTarget(person, { url: store.url })).toMatchObject({ ok: false })
    }
  })

  it('refuses everything that would write to it', async () => {
    const { ctx } = store
    const name = controlTargetName
    const reason = 'to see that it is refused'
    const { document } = await getPolicy(store.db, targetId)
    const attempts: Record<string, Promise<unknown>> = {
      snapshot: requestBackup(ctx, { target: name, kind: 'snapshot' }),
      guards: requestGuardInstallation(ctx, { target: name }),
      permit: requestPermit(ctx, {
        targetId,
        reason,
        request: { table: 'public.targets', maximumRows: 1, minutes: 5 },
      }),
      restore: requestRestore(ctx, {
        targetId,
        reason,
        request: {
          source: { kind: 'archive', backupId: '00000000-0000-4000-8000-000000000000' },
          tables: null,
          rows: 'missing',
          into: 'place',
        },
      }),
      recovery: requestRecovery(ctx, { targetId, reason, request: { kind: 'all' } }),
      deployment: requestDeployment(ctx, { targetId, title: 'a migration', migration: 'select 1' }),
      removal: removeTarget(ctx, { name, typedName: name }),
      credential: setCredential(ctx, { name, role: 'restore', url: store.url }),
      policy: applyPolicy(ctx, {
        name,
        document: { ...document, protectedTables: [{ table: 'public.targets' }] },
      }),
    }
    for (const [what, attempt] of Object.entries(attempts)) {
      expect(await attempt, what).toMatchObject({ ok: false, refusal: { code: 'target-is-control' } })
    }
  })

  it('cannot be opened for writing by what comes without a verb', async () => {
    for (const role of ['restore', 'guard'] as const) {
      const opened = withTarget(store.ctx, targetId, role, { purpose: 'test' }, async () => 'open')
      await expect(opened).rejects.toMatchObject({ code: 'target-is-control' })
    }
    const hold = { targetId, purpose: 'restore', subjectId: 'x', mode: 'write' as const }
    await expect(withTargetHold(store.ctx, hold, async () => 'held')).rejects.toMatchObject({
      code: 'target-is-control',
    })
  })

  it('leaves its name to nobody else, and people still cannot add the control database', async () => {
    const other = await createTestDatabase()
    const environment = 'production'
    expect(
      await addTarget(store.ctx, { name: controlTargetName, url: other.url, environment }),
    ).toMatchObject({
      refusal: { code: 'invalid-input' },
    })
    expect(await addTarget(store.ctx, { name: 'mine', url: store.url, environment })).toMatchObject({
      refusal: { code: 'target-is-control' },
    })
  })

  it('is archived while it lives and facts-proven by a drill; the key is not in it', async () => {
    const asked = unwrap(await requestBackup(store.ctx, { target: controlTargetName, kind: 'archive' }))
    await run(asked.jobRunId)
    const backup = await getBackup(store.db, asked.backupId)
    expect(backup).toMatchObject({ status: 'good', error: null })
    const facts = JSON.stringify(backup.facts)
    expect(facts).toContain('target_credentials')
    expect(JSON.stringify(backup)).not.toContain(testKey)

    const drilled = unwrap(await requestDrill(store.ctx, { target: controlTargetName }))
    await run(drilled.jobRunId)
    expect(await getDrill(store.db, drilled.drillId)).toMatchObject({ verdict: 'passed', differences: [] })
    expect((await getBackup(store.db, asked.backupId)).verification).toBe('facts-proven')
    const tables = await store.db.$client.unsafe(
      `select string_agg(t::text, '') as everything from target_credentials t`,
    )
    expect(String(tables[0]!.everything)).not.toContain(new URL(store.url).password)
  })
})
