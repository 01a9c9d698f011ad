import { beforeAll, describe, expect, it } from 'vitest'
import { guardStates } from '#drizzle/schema/guards.ts'
import type { Ctx } from '#lib/context.ts'
import { type Outcome, unwrap } from '#lib/errors.ts'
import { applyProtectionChange, type ProtectionChange } from '#lib/guards/apply-protection-change.ts'
import { protectionOf } from '#lib/guards/change-protection.ts'
import { requestProtectionChange } from '#lib/guards/request-protection-change.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { getOperation } from '#lib/operations/queries.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createGuardedTarget, type GuardedTarget } from '#lib/testing/guarded-target.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'

const handlers = {
  'policy.apply': (scope, payload) => applyProtectionChange(scope, payload as unknown as ProtectionChange),
} as Partial<JobHandlers> as JobHandlers

const policy = {
  budget: { statementRows: 10, windowRows: 100 },
  protectedTables: [{ table: 'public.member', mode: 'refuse' as const }],
}

describe('requestProtectionChange', () => {
  let target: GuardedTarget
  let admin: Ctx
  let viewer: Ctx
  beforeAll(async () => {
    target = await createGuardedTarget(
      'create table public.member (id int primary key, is_active bool)',
      policy,
    )
    admin = await createTestPerson(target.store, 'admin')
    viewer = await createTestPerson(target.store, 'viewer')
    await target.store.db.insert(guardStates).values({
      targetId: target.targetId,
      tableName: 'public.member',
      state: 'installed',
      verifiedAt: new Date(),
    })
  })
  const current = () => getPolicy(target.store.db, target.targetId)
  const ask = async (person: Ctx, change: object, more: object = {}) => {
    const { document, version } = await current()
    const entry = { ...protectionOf(document, 'public.member'), ...change }
    return requestProtectionChange(person, {
      target: target.name,
      version,
      entry,
      reason: 'tested here',
      ...more,
    })
  }
  const finish = async (outcome: Outcome<{ jobRunId: string }>) => {
    const { jobRunId } = unwrap(outcome)
    await runJob(target.store.ctx, handlers, jobRunId, 'test')
    return getJobRun(target.store.db, jobRunId)
  }

  it('puts a stricter budget in force as the person who asked, and files the installation', async () => {
    const run = await finish(await ask(admin, { budget: { statementRows: 3 } }))
    expect(run).toMatchObject({
      status: 'succeeded',
      result: { version: 2, changed: true, installationJobRunId: expect.any(String) },
    })
    expect(await current()).toMatchObject({ version: 2, appliedBy: expect.stringMatching(/^user:/) })
    expect((await current()).document.protectedTables).toMatchObject([{ budget: { statementRows: 3 } }])
  })

  it('makes an operation of what protects less on production, and changes nothing by itself', async () => {
    const { operationId } = unwrap(await ask(admin, { mode: 'warn' }))
    expect(await getOperation(target.store.db, operationId!)).toMatchObject({ kind: 'policy-weakening' })
    expect(await current()).toMatchObject({ version: 2 })
  })

  it('does not overwrite a policy that moved meanwhile', async () => {
    expect(await ask(admin, { budget: { statementRows: 1 } }, { version: 1 })).toMatchObject({
      ok: false,
      refusal: { code: 'policy-moved' },
    })
  })

  it('says what does not fit the live schema', async () => {
    const run = await finish(await ask(admin, { updates: { columns: ['no_such_column'] } }))
    expect(run.status).toBe('failed')
    expect(await current()).toMatchObject({ version: 2 })
  })

  it('reads the permission again when it acts', async () => {
    const asked = await ask(admin, { budget: { statementRows: 2 } })
    await target.store.ctx.db.execute(
      `update users set role = 'viewer' where email = '${admin.actor.kind === 'user' ? admin.actor.email : ''}'`,
    )
    expect(await finish(asked)).toMatchObject({ status: 'failed', error: { code: 'forbidden' } })
  })

  it('refuses a viewer', async () => {
    expect(await ask(viewer, { budget: { statementRows: 2 } })).toMatchObject({
      ok: false,
      refusal: { code: 'forbidden' },
    })
    expect(await ask(viewer, { mode: 'warn' })).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
  })
})
