import { desc, eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import { unwrap } from '#lib/errors.ts'
import { breakGlassOperation } from '#lib/operations/break-glass-operation.ts'
import { cancelOperation } from '#lib/operations/cancel-operation.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { expireOperations } from '#lib/operations/reconcile-operations.ts'
import { refuseOperation } from '#lib/operations/refuse-operation.ts'
import { createOperationStage, type OperationStage } from '#lib/testing/operation-stage.ts'

const refusedWith = (code: string) => ({ ok: false, refusal: { code } })
const reason = 'the other one sleeps and the shop is down'

describe('breaking the glass', () => {
  let stage: OperationStage
  beforeAll(async () => {
    stage = await createOperationStage()
  })

  const breakGlass = ({ id, fingerprint }: OperationDetails, by = stage.store.ctx) =>
    breakGlassOperation(by, { operationId: id, fingerprint, reason })
  const audited = (id: string) =>
    stage.store.db
      .select()
      .from(auditEntries)
      .where(
        sql`${auditEntries.subject} = ${`operation:${id}`} and ${auditEntries.action} = 'operations.break-glass'`,
      )
      .orderBy(desc(auditEntries.seq))

  it('lets the operator at the host go ahead alone: audited first, told on the timeline, and by an alert', async () => {
    const operation = await stage.planned(await stage.person('admin'))
    const { runBy } = unwrap(await breakGlass(operation))
    expect(runBy!.getTime() - Date.now()).toBeLessThan(15 * 60_000)
    const opened = await stage.reload(operation)
    expect(opened).toMatchObject({
      status: 'approved',
      approvalMode: 'break-glass',
      approvedBy: 'operator:tester@test',
    })
    expect(opened.events.at(-1)).toMatchObject({
      actor: 'operator:tester@test',
      note: expect.stringContaining(reason),
    })
    const [done, announced] = await audited(operation.id)
    expect(announced).toMatchObject({ outcome: 'done', reason, detail: { announced: true } })
    expect(done).toMatchObject({ outcome: 'done', reason, detail: { approvalMode: 'break-glass' } })
    await evaluateAlerts(stage.store.ctx, stage.target.id)
    const of = eq(alerts.fingerprint, `operation:alone:${operation.id}`)
    const [alert] = await stage.store.db.select().from(alerts).where(of)
    expect(alert).toMatchObject({ severity: 'CRITICAL', status: 'firing' })
    expect(alert!.details).toContain(reason)
    const { jobRunId } = unwrap(await stage.pressRun(stage.store.ctx, operation))
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({ status: 'succeeded', approvalMode: 'break-glass' })
    await evaluateAlerts(stage.store.ctx, stage.target.id)
    expect((await stage.store.db.select().from(alerts).where(of))[0]).toMatchObject({ status: 'firing' })
  })

  it('is for nobody else: no person of any role, no token, no worker', async () => {
    const operation = await stage.planned(stage.store.ctx)
    for (const role of ['viewer', 'commander', 'admin'] as const) {
      const person = await stage.person(role)
      await stage.proveFor(person, operation)
      expect(await breakGlass(operation, person), role).toMatchObject(refusedWith('forbidden'))
      expect(await breakGlass(operation, { ...person, keys: stage.store.ctx.keys })).toMatchObject(
        refusedWith('forbidden'),
      )
    }
    const token = { kind: 'token' as const, tokenId: 'x', name: 'deploy' }
    const worker = { kind: 'worker' as const, workerId: 'x' }
    for (const actor of [token, worker]) {
      expect(await breakGlass(operation, { ...stage.store.ctx, actor })).toMatchObject(
        refusedWith('forbidden'),
      )
    }
    expect(await stage.reload(operation)).toMatchObject({ status: 'awaiting-approval' })
  })

  it('is no way around a refusal, a cancellation or the end of the time; what was tried stays in the audit', async () => {
    const [refused, cancelled, late] = [
      await stage.planned(stage.store.ctx),
      await stage.planned(stage.store.ctx),
      await stage.planned(stage.store.ctx),
    ]
    const bob = await stage.person('commander')
    unwrap(await refuseOperation(bob, { operationId: refused.id, reason: 'wrong table' }))
    unwrap(await cancelOperation(stage.store.ctx, { operationId: cancelled.id }))
    await stage.store.db.execute(sql`update operations set approve_by = now() where id = ${late.id}`)
    expect(await breakGlass(refused)).toMatchObject(refusedWith('not-awaiting-approval'))
    expect(await breakGlass(cancelled)).toMatchObject(refusedWith('not-awaiting-approval'))
    expect(await breakGlass(late)).toMatchObject(refusedWith('approval-too-late'))
    await expireOperations(stage.store.ctx)
    expect(await breakGlass(late)).toMatchObject(refusedWith('not-awaiting-approval'))
    for (const operation of [refused, cancelled, late]) {
      expect(await stage.reload(operation)).toMatchObject({ approvedBy: null, approvalMode: 'two-person' })
      expect((await audited(operation.id)).map(({ outcome }) => outcome).slice(0, 2)).toEqual([
        'refused',
        'done',
      ])
    }
  })

  it('asks for the plan that was looked at and for a reason, and works once', async () => {
    const operation = await stage.planned(stage.store.ctx)
    const other = { ...operation, fingerprint: 'a'.repeat(64) }
    expect(await breakGlass(other)).toMatchObject(refusedWith('plan-changed'))
    const { id: operationId, fingerprint } = operation
    expect(
      await breakGlassOperation(stage.store.ctx, { operationId, fingerprint, reason: 'now' }),
    ).toMatchObject(refusedWith('invalid-input'))
    unwrap(await breakGlass(operation))
    expect(await breakGlass(operation)).toMatchObject(refusedWith('not-awaiting-approval'))
  })
})
