import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { operations } from '#drizzle/schema/operations.ts'
import { unwrap } from '#lib/errors.ts'
import { approveOperation } from '#lib/operations/approve-operation.ts'
import { cancelOperation } from '#lib/operations/cancel-operation.ts'
import { reconcileOperations } from '#lib/operations/reconcile-operations.ts'
import { refuseOperation } from '#lib/operations/refuse-operation.ts'
import { requestOperation } from '#lib/operations/request-operation.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { appendRows } from '#lib/testing/append-rows-kind.ts'
import { changeAccount, createOperationStage, type OperationStage } from '#lib/testing/operation-stage.ts'

const refusedWith = (code: string) => ({ ok: false, refusal: { code } })

describe('approving', () => {
  let stage: OperationStage
  beforeAll(async () => {
    stage = await createOperationStage()
  })

  it('plans, waits for a second person, and is then run once by anybody who may', async () => {
    const [ada, bob] = [await stage.person('admin'), await stage.person('commander')]
    const operation = await stage.planned(ada)
    expect(operation).toMatchObject({
      status: 'awaiting-approval',
      sentence: 'Appends 3 rows to ledger.',
      promisedRows: 3,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(await stage.approve(bob, operation)).toMatchObject({ ok: true, value: { status: 'approved' } })
    const { actor } = bob
    expect(await stage.reload(operation)).toMatchObject({
      approvedBy: `user:${actor.email}`,
      events: [{ status: 'requested' }, { status: 'awaiting-approval' }, { status: 'approved' }],
    })
  })

  it('refuses the requester, in the verb and in the database', async () => {
    const ada = await stage.person('commander')
    const operation = await stage.planned(ada)
    expect(await stage.approve(ada, operation)).toMatchObject(refusedWith('own-request'))
    const direct = stage.store.db.execute(
      sql`update operations set approved_by_user_id = requested_by_user_id, approved_fingerprint = fingerprint where id = ${operation.id}`,
    )
    await expect(direct).rejects.toMatchObject({
      cause: { constraint_name: 'operations_two_persons' },
    })
  })

  it('cannot be made to run without an approval, not even by direct SQL', async () => {
    const operation = await stage.planned(await stage.person('admin'))
    const direct = stage.store.db.execute(
      sql`update operations set status = 'running' where id = ${operation.id}`,
    )
    await expect(direct).rejects.toMatchObject({ cause: { constraint_name: 'operations_run_approved' } })
  })

  it('refuses the operator, the worker and a viewer', async () => {
    const operation = await stage.planned(stage.store.ctx)
    const input = { operationId: operation.id, fingerprint: operation.fingerprint }
    const viewer = await stage.person('viewer')
    expect(await approveOperation(stage.store.ctx, input)).toMatchObject(refusedWith('forbidden'))
    expect(await stage.approve(viewer, operation)).toMatchObject(refusedWith('forbidden'))
    expect(await stage.reload(operation)).toMatchObject({ status: 'awaiting-approval', approvedBy: null })
  })

  it('refuses a viewer every other act as well', async () => {
    const viewer = await stage.person('viewer')
    const operation = await stage.planned(stage.store.ctx)
    const asked = {
      targetId: stage.target.id,
      reason: 'because I can',
      request: { rows: 1 },
    }
    expect(await requestOperation(viewer, appendRows, asked)).toMatchObject(refusedWith('forbidden'))
    expect(await refuseOperation(viewer, { operationId: operation.id, reason: 'no, please' })).toMatchObject(
      refusedWith('forbidden'),
    )
    expect(await cancelOperation(viewer, { operationId: operation.id })).toMatchObject(
      refusedWith('forbidden'),
    )
    expect(await stage.pressRun(viewer, operation)).toMatchObject(refusedWith('forbidden'))
  })

  it('refuses an approver without step-up, or with one for another plan', async () => {
    const [bob, operation, other] = [
      await stage.person('commander'),
      await stage.planned(stage.store.ctx),
      await stage.planned(stage.store.ctx),
    ]
    await stage.proveFor(bob, other)
    const input = { operationId: operation.id, fingerprint: operation.fingerprint }
    expect(await approveOperation(bob, input)).toMatchObject(refusedWith('step-up-needed'))
  })

  it('refuses an approver demoted, disabled or added a moment ago', async () => {
    const operation = await stage.planned(stage.store.ctx)
    const [demoted, disabled, fresh] = [
      await stage.person('commander'),
      await stage.person('commander'),
      await stage.person('commander'),
    ]
    await changeAccount(stage, demoted, { role: 'viewer' })
    await changeAccount(stage, disabled, { disabledAt: new Date() })
    await changeAccount(stage, fresh, { approverFrom: new Date(Date.now() + 60_000) })
    expect(await stage.approve(demoted, operation)).toMatchObject(refusedWith('forbidden'))
    expect(await stage.approve(disabled, operation)).toMatchObject(refusedWith('session-ended'))
    expect(await stage.approve(fresh, operation)).toMatchObject(refusedWith('approver-too-new'))
    await changeAccount(stage, fresh, { approverFrom: null })
    expect(await stage.approve(fresh, operation)).toMatchObject(refusedWith('approver-too-new'))
  })

  it('refuses a token, and the requester who comes with somebody else’s session', async () => {
    const [ada, bob] = [await stage.person('admin'), await stage.person('commander')]
    const operation = await stage.planned(ada)
    const input = { operationId: operation.id, fingerprint: operation.fingerprint }
    await stage.proveFor(bob, operation)
    const { sessionId } = bob.actor
    const stolen = { ...ada, actor: { ...ada.actor, sessionId } }
    expect(await approveOperation(stolen, input)).toMatchObject(refusedWith('session-ended'))
    const token = { kind: 'token' as const, tokenId: 'x', name: 'deploy' }
    expect(await approveOperation({ ...bob, actor: token }, input)).toMatchObject(refusedWith('forbidden'))
    await stage.store.db.execute(sql`update sessions set revoked_at = now() where id = ${sessionId}`)
    expect(await approveOperation(bob, input)).toMatchObject(refusedWith('session-ended'))
    expect(await stage.reload(operation)).toMatchObject({ status: 'awaiting-approval', approvedBy: null })
  })

  it('refuses a fingerprint that is not the plan’s', async () => {
    const bob = await stage.person('commander')
    const operation = await stage.planned(stage.store.ctx)
    const outcome = await stage.approve(bob, { ...operation, fingerprint: 'a'.repeat(64) })
    expect(outcome).toMatchObject(refusedWith('plan-changed'))
  })

  it('refuses what is too late by the database’s clock, and closes it', async () => {
    const bob = await stage.person('commander')
    const operation = await stage.planned(stage.store.ctx)
    await stage.store.db
      .update(operations)
      .set({ approveBy: sql`now()` })
      .where(eq(operations.id, operation.id))
    expect(await stage.approve(bob, operation)).toMatchObject(refusedWith('approval-too-late'))
    const approved = await stage.approved(stage.store.ctx)
    await stage.store.db.update(operations).set({ runBy: sql`now()` }).where(eq(operations.id, approved.id))
    expect(await stage.pressRun(bob, approved)).toMatchObject(refusedWith('run-too-late'))
    await reconcileOperations(stage.store.ctx)
    for (const late of [operation, approved]) {
      expect(await stage.reload(late)).toMatchObject({ status: 'expired' })
    }
  })

  it('keeps to the database’s clock when this machine’s is set back, and to neither when the database’s is', async () => {
    const bob = await stage.person('commander')
    const [late, approved] = [await stage.planned(stage.store.ctx), await stage.approved(stage.store.ctx)]
    const { db } = stage.store
    await db.update(operations).set({ approveBy: sql`now()` }).where(eq(operations.id, late.id))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3 * 3_600_000 })
    try {
      expect(await stage.approve(bob, late)).toMatchObject(refusedWith('approval-too-late'))
    } finally {
      vi.useRealTimers()
    }
    // What is already ended stays so: an earlier clock would give it time again.
    await reconcileOperations(stage.store.ctx)
    const longer = { approveBy: sql`now() + interval '1 hour'` }
    await db.update(operations).set(longer).where(eq(operations.id, late.id))
    expect(await stage.approve(bob, late)).toMatchObject(refusedWith('not-awaiting-approval'))
    const future = { approvedAt: sql`now() + interval '1 hour'`, runBy: sql`now() + interval '75 minutes'` }
    await db.update(operations).set(future).where(eq(operations.id, approved.id))
    expect(await stage.pressRun(bob, approved)).toMatchObject(refusedWith('clock-set-back'))
  })

  it('approves once: a second approval, and one after a refusal, are refused', async () => {
    const [bob, eve] = [await stage.person('commander'), await stage.person('admin')]
    const operation = await stage.approved(stage.store.ctx)
    expect(await stage.approve(bob, operation)).toMatchObject(refusedWith('not-awaiting-approval'))
    const refused = await stage.planned(stage.store.ctx)
    expect(await refuseOperation(eve, { operationId: refused.id, reason: 'wrong table' })).toMatchObject({
      ok: true,
    })
    expect(await stage.approve(bob, refused)).toMatchObject(refusedWith('not-awaiting-approval'))
    expect(await refuseOperation(bob, { operationId: refused.id, reason: 'me as well' })).toMatchObject(
      refusedWith('too-late'),
    )
  })

  it('gives exactly one of two approvers at once the approval', async () => {
    const approvers = await Promise.all(Array.from({ length: 6 }, () => stage.person('commander')))
    const operation = await stage.planned(stage.store.ctx)
    const outcomes = await Promise.all(approvers.map((approver) => stage.approve(approver, operation)))
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1)
  })

  it('asks whoever runs it for the plan’s fingerprint, the typed name and a step-up', async () => {
    const bob = await stage.person('admin')
    const operation = await stage.approved(stage.store.ctx)
    const input = {
      operationId: operation.id,
      fingerprint: operation.fingerprint,
      targetName: stage.target.name,
    }
    expect(await requestOperationRun(bob, input)).toMatchObject(refusedWith('step-up-needed'))
    await stage.proveFor(bob, operation)
    expect(await requestOperationRun(bob, { ...input, targetName: 'boks' })).toMatchObject(
      refusedWith('name-mismatch'),
    )
    expect(await requestOperationRun(bob, { ...input, fingerprint: 'b'.repeat(64) })).toMatchObject(
      refusedWith('plan-changed'),
    )
    expect(await requestOperationRun(bob, input)).toMatchObject({ ok: true, value: { status: 'running' } })
  })

  it('does not count the approval of somebody who has lost the right since', async () => {
    const [bob, ada] = [await stage.person('commander'), await stage.person('admin')]
    const operation = await stage.planned(ada)
    await stage.approve(bob, operation)
    await changeAccount(stage, bob, { disabledAt: new Date() })
    expect(await stage.pressRun(ada, operation)).toMatchObject(refusedWith('approval-void'))
  })

  it('takes two persons, whatever the kind says, where the same database is production under another name', async () => {
    const free = { needsApproval: false }
    expect(await stage.planned(stage.store.ctx, free)).toMatchObject({ status: 'approved' })
    const { host, port, database } = stage.sql.options
    const { username, password } = new URL(stage.store.url)
    const url = `postgresql://${username}:${password}@${[host].flat()[0]}:${[port].flat()[0]}/${database}`
    unwrap(await addTarget(stage.store.ctx, { name: 'books-live', url, environment: 'production' }))
    expect(await stage.planned(stage.store.ctx, free)).toMatchObject({
      status: 'awaiting-approval',
      needsApproval: true,
    })
  })

  it('refuses a request that the kind does not understand, and says which field', async () => {
    const outcome = await requestOperation(stage.store.ctx, appendRows, {
      targetId: stage.target.id,
      reason: 'rows are missing',
      request: { rows: 'many' },
    })
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'invalid-input', reason: /^rows: / } })
  })
})
