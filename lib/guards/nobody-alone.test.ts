import { desc, eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { users } from '#drizzle/schema/auth.ts'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import { unwrap } from '#lib/errors.ts'
import { requestGuardRemoval } from '#lib/guards/request-guard-removal.ts'
import { requestPolicyWeakening } from '#lib/guards/request-policy-weakening.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { approveOperation } from '#lib/operations/approve-operation.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createPermitStage, type PermitStage } from '#lib/testing/permit-stage.ts'

const script =
  'create table public.account (id int primary key); insert into public.account select generate_series(1, 20)'
const policy: PolicyInput = {
  budget: { statementRows: 2, transactionRows: 3, windowRows: 50 },
  protectedTables: [{ table: 'public.account' }],
}

describe('on a production target nobody', () => {
  let stage: PermitStage
  beforeEach(async () => {
    stage = await createPermitStage(script, policy)
    await stage.install()
  })

  const isGuarded = async (): Promise<boolean> => {
    const [row] = await stage.sql`select count(*)::int as n from pg_trigger where tgname like 'guard_%'`
    return row!.n > 0
  }
  const remove = (by = stage.store.ctx) => requestGuardRemoval(by, { target: stage.name })
  const weaker = async () => {
    const { document } = await getPolicy(stage.store.db, stage.targetId)
    return { ...document, budget: { ...document.budget, statementRows: 20, transactionRows: 20 } }
  }
  const newestAudit = async (action: string) => {
    const [entry] = await stage.store.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.action, action))
      .orderBy(desc(auditEntries.seq))
      .limit(1)
    return entry
  }

  it('takes the guards off alone: it is filed, another person approves, and then nothing is left', async () => {
    const [asker, approver] = [await stage.person('commander'), await stage.person('admin')]
    const { operationId, jobRunId } = unwrap(await remove(asker))
    const operation = await stage.planned(Promise.resolve({ operationId: operationId!, jobRunId }))
    expect(operation).toMatchObject({
      kind: 'guard-removal',
      status: 'awaiting-approval',
      needsApproval: true,
    })
    expect(operation.sentence).toContain('Takes every guard and journal out of')
    const alone = await approveOperation(asker, { operationId, fingerprint: operation.fingerprint })
    expect(alone).toMatchObject({ ok: false, refusal: { code: 'own-request' } })
    expect(await isGuarded()).toBe(true)
    await stage.approve(operation, approver)
    const ended = await stage.run({ ...operation, status: 'approved' })
    expect(ended).toMatchObject({ status: 'succeeded' })
    expect(await isGuarded()).toBe(false)
    const [left] = await stage.sql`
      select count(*)::int as n from pg_class c where c.relnamespace = to_regnamespace('holdfast')
      and c.relname not like 'operation_markers%'`
    expect(left!.n).toBe(0)
  })

  it('does it by a job put into the queue beside the verb', async () => {
    await stage.person('admin')
    const jobRunId = await stage.store.db.transaction((tx) =>
      requestJob(stage.store.ctx, tx, { kind: 'guards.remove', targetId: stage.targetId, payload: {} }),
    )
    expect(await stage.work(jobRunId)).toMatchObject({
      status: 'failed',
      error: { code: 'second-person-needed' },
    })
    expect(await isGuarded()).toBe(true)
  })

  it('weakens its policy alone: it is filed with each weakening, and in force once approved and run', async () => {
    const [asker, approver] = [await stage.person('admin'), await stage.person('commander')]
    const document = await weaker()
    const keyed = { ...asker, keys: stage.store.ctx.keys }
    const refused = await applyPolicy(keyed, { name: stage.name, document })
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'second-person-needed' } })
    expect(refused.ok ? '' : refused.refusal.reason).toContain('a statement may delete go from 2 to 20')
    const operation = await stage.planned(
      requestPolicyWeakening(asker, {
        targetId: stage.targetId,
        reason: 'the import needs room',
        request: { document },
      }).then(unwrap),
    )
    expect(operation).toMatchObject({ status: 'awaiting-approval' })
    expect(operation.summary!.warnings).toContain(
      'public.account: the rows a statement may delete go from 2 to 20.',
    )
    expect((await getPolicy(stage.store.db, stage.targetId)).version).toBe(1)
    await stage.approve(operation, approver)
    expect(await stage.run({ ...operation, status: 'approved' })).toMatchObject({ status: 'succeeded' })
    const now = await getPolicy(stage.store.db, stage.targetId)
    expect(now).toMatchObject({ version: 2, document: { budget: { statementRows: 20 } } })
    expect(now.appliedBy).toBe(operation.requestedBy)
  })

  it('gets an approved weakening in force over a policy that came between', async () => {
    const asker = await stage.person('admin')
    const operation = await stage.planned(
      requestPolicyWeakening(asker, {
        targetId: stage.targetId,
        reason: 'the import needs room',
        request: { document: await weaker() },
      }).then(unwrap),
    )
    await stage.approve(operation)
    const { document } = await getPolicy(stage.store.db, stage.targetId)
    const stricter = { ...document, budget: { ...document.budget, statementRows: 1 } }
    unwrap(await applyPolicy(stage.store.ctx, { name: stage.name, document: stricter }))
    const ended = await stage.run({ ...operation, status: 'approved' })
    expect(ended).toMatchObject({ status: 'refused', error: { code: 'plan-stale' } })
    expect((await getPolicy(stage.store.db, stage.targetId)).document.budget.statementRows).toBe(1)
  })

  it('is stopped from strengthening: that applies at once', async () => {
    await stage.person('admin')
    const { document } = await getPolicy(stage.store.db, stage.targetId)
    const stricter = { ...document, budget: { ...document.budget, statementRows: 1 } }
    const applied = unwrap(await applyPolicy(stage.store.ctx, { name: stage.name, document: stricter }))
    expect(applied).toMatchObject({ changed: true, version: 2, brokeGlass: false })
  })

  it('may, but the operator at the host where nobody else exists: audited first, an event, an alert', async () => {
    const { operationId, brokeGlass, jobRunId } = unwrap(await remove())
    expect({ operationId, brokeGlass }).toEqual({ operationId: null, brokeGlass: true })
    const broken = await newestAudit('guards.break-glass')
    const filed = await newestAudit('guards.remove')
    expect(broken).toMatchObject({ actor: 'operator:tester@test', outcome: 'done', target: stage.name })
    expect(broken!.seq).toBeLessThan(filed!.seq)
    const events = await stage.store.db.select().from(guardEvents)
    expect(events).toMatchObject([{ kind: 'tampered', detail: { breakGlass: 'guards.remove' } }])
    expect((await stage.work(jobRunId)).status).toBe('succeeded')
    expect(await isGuarded()).toBe(false)
    expect((await evaluateAlerts(stage.store.ctx, stage.targetId)).raised).toBeGreaterThanOrEqual(1)
  })

  it('breaks the glass for a policy where nobody else exists, and it is said', async () => {
    const applied = unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.name,
        document: await weaker(),
        reason: 'alone here',
      }),
    )
    expect(applied).toMatchObject({ changed: true, brokeGlass: true })
    expect(await newestAudit('guards.break-glass')).toMatchObject({ reason: 'alone here' })
  })

  it('counts an account that is too new, or a viewer, as nobody: the first can be vouched for, the second not', async () => {
    await stage.person('viewer')
    expect(unwrap(await remove())).toMatchObject({ brokeGlass: true })
    await stage.person('admin')
    expect(unwrap(await remove())).toMatchObject({ brokeGlass: false })
  })

  it('gets alone by registering the database once more as development', async () => {
    await stage.person('admin')
    const again = { name: 'the-same', url: stage.url, environment: 'development' as const }
    unwrap(await addTarget(stage.store.ctx, { ...again, policy }))
    const asked = unwrap(await requestGuardRemoval(stage.store.ctx, { target: 'the-same' }))
    expect(asked.operationId).not.toBeNull()
    await stage.store.db.update(targets).set({ removedAt: new Date() }).where(eq(targets.id, stage.targetId))
    const later = unwrap(await requestGuardRemoval(stage.store.ctx, { target: 'the-same' }))
    expect(later.operationId).not.toBeNull()
  })

  it('gets alone by disabling the others first', async () => {
    await stage.person('admin')
    await stage.store.db.update(users).set({ disabledAt: new Date() })
    expect(unwrap(await remove())).toMatchObject({ brokeGlass: false })
    await stage.store.db.update(users).set({ disabledAt: new Date(Date.now() - 2 * 86_400_000) })
    expect(unwrap(await remove())).toMatchObject({ brokeGlass: true })
  })

  it('is asked elsewhere: a development target’s guards go at once', async () => {
    await stage.person('admin')
    await stage.store.db.update(targets).set({ environment: 'development' })
    const admin = await stage.person('admin')
    const { operationId, jobRunId } = unwrap(await remove(admin))
    expect(operationId).toBeNull()
    expect((await stage.work(jobRunId)).status).toBe('succeeded')
    expect(await isGuarded()).toBe(false)
  })

  it('who is a viewer may ask for any of it', async () => {
    const viewer = await stage.person('viewer')
    const asked = [
      await remove(viewer),
      await requestPolicyWeakening(viewer, {
        targetId: stage.targetId,
        reason: 'because I want',
        request: { document: await weaker() },
      }),
      await applyPolicy(viewer, { name: stage.name, document: await weaker() }),
    ]
    expect(asked.map((outcome) => (outcome.ok ? 'done' : outcome.refusal.code))).toEqual([
      'forbidden',
      'forbidden',
      'forbidden',
    ])
  })
})
