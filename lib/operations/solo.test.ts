import { desc, eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { operations } from '#drizzle/schema/operations.ts'
import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import { setSoloMode } from '#lib/auth/set-solo-mode.ts'
import { getSoloMode } from '#lib/auth/solo-mode.ts'
import { unwrap } from '#lib/errors.ts'
import { actsFor } from '#lib/operations/acts.ts'
import { approveOperation } from '#lib/operations/approve-operation.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { expireOperations } from '#lib/operations/reconcile-operations.ts'
import { refuseOperation } from '#lib/operations/refuse-operation.ts'
import { createOperationStage, type OperationStage } from '#lib/testing/operation-stage.ts'
import { openWebDoor, type WebDoor } from '#lib/testing/web-door.ts'

const refusedWith = (code: string) => ({ ok: false, refusal: { code } })

describe('in solo mode', () => {
  let stage: OperationStage
  let web: WebDoor
  let ada: Awaited<ReturnType<OperationStage['person']>>
  beforeAll(async () => {
    stage = await createOperationStage()
    web = await openWebDoor(stage.store)
  })
  beforeEach(async () => {
    ada = web.through(await stage.person('admin'))
    await solo(true)
  })

  const solo = async (on: boolean) =>
    unwrap(await setSoloMode(stage.store.ctx, { on, reason: 'nobody else works here' }))
  /** As if the approval had been given so many minutes before. */
  const age = ({ id }: { id: string }, minutes: number) =>
    stage.store.db.execute(sql`
      update operations set approved_at = approved_at - make_interval(mins => ${minutes}),
        run_from = run_from - make_interval(mins => ${minutes}), run_by = run_by - make_interval(mins => ${minutes})
      where id = ${id}`)
  const ageMode = (minutes: number) =>
    stage.store.db.execute(
      sql`update installation set solo_since = solo_since - make_interval(mins => ${minutes})`,
    )
  const approvedAlone = async (): Promise<OperationDetails> => {
    const operation = await stage.planned(ada)
    unwrap(await stage.approve(ada, operation))
    return stage.reload(operation)
  }

  it('the requester approves the own plan with a proof, waits 15 minutes, and runs it within 15 more', async () => {
    const operation = await stage.planned(ada)
    const input = { operationId: operation.id, fingerprint: operation.fingerprint }
    expect(await approveOperation(ada, input)).toMatchObject(refusedWith('step-up-needed'))
    unwrap(await stage.approve(ada, operation))
    const approved = await stage.reload(operation)
    expect(approved).toMatchObject({ status: 'approved', approvalMode: 'solo', soloMode: true })
    const minutes = (from: Date | null, until: Date | null) => (until!.getTime() - from!.getTime()) / 60_000
    expect(minutes(approved.approvedAt, approved.runFrom)).toBe(15)
    expect(minutes(approved.runFrom, approved.runBy)).toBe(15)
    const early = await stage.pressRun(ada, operation)
    expect(early).toMatchObject(refusedWith('too-early'))
    expect(early.ok ? '' : early.refusal.reason).toMatch(/may run in 1[45] min/)
    await ageMode(60)
    await age(operation, 14)
    expect(await stage.pressRun(ada, operation)).toMatchObject(refusedWith('too-early'))
    await age(operation, 1)
    const { jobRunId } = unwrap(await stage.pressRun(ada, operation))
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({ status: 'succeeded', approvalMode: 'solo' })
  })

  it('everybody is told: a critical alert for each such approval', async () => {
    const [one, two] = [await approvedAlone(), await approvedAlone()]
    await evaluateAlerts(stage.store.ctx, stage.target.id)
    for (const operation of [one, two]) {
      const [alert] = await stage.store.db
        .select()
        .from(alerts)
        .where(eq(alerts.fingerprint, `operation:alone:${operation.id}`))
      expect(alert).toMatchObject({ severity: 'CRITICAL', status: 'firing' })
      expect(alert!.details).toContain(ada.actor.email)
    }
  })

  it('a second person may refuse it while it waits, or approve it: then nobody has to wait', async () => {
    const [refused, taken] = [await approvedAlone(), await approvedAlone()]
    const bob = web.through(await stage.person('commander'))
    unwrap(await refuseOperation(bob, { operationId: refused.id, reason: 'not like this' }))
    expect(await stage.pressRun(ada, refused)).toMatchObject(refusedWith('not-approved'))
    unwrap(await stage.approve(bob, taken))
    const now = await stage.reload(taken)
    expect(now).toMatchObject({
      status: 'approved',
      approvalMode: 'two-person',
      approvedBy: `user:${bob.actor.email}`,
      runFrom: null,
    })
    expect(unwrap(await stage.pressRun(ada, taken)).status).toBe('running')
    await evaluateAlerts(stage.store.ctx, stage.target.id)
    const about = eq(alerts.fingerprint, `operation:alone:${taken.id}`)
    expect(await stage.store.db.$count(alerts, about)).toBe(0)
  })

  it('one approves once, and not what a second person has approved', async () => {
    const operation = await approvedAlone()
    expect(await stage.approve(ada, operation)).toMatchObject(refusedWith('not-awaiting-approval'))
    const bob = await stage.person('commander')
    unwrap(await stage.approve(bob, operation))
    expect(await stage.approve(ada, operation)).toMatchObject(refusedWith('not-awaiting-approval'))
    expect(await stage.approve(await stage.person('admin'), operation)).toMatchObject(
      refusedWith('not-awaiting-approval'),
    )
  })

  it('switched off, it ends what waits, at once, for good, and says why', async () => {
    const operation = await approvedAlone()
    await solo(false)
    const fresh = await stage.planned(ada)
    expect(await stage.approve(ada, fresh)).toMatchObject(refusedWith('own-request'))
    expect(await stage.reload(operation)).toMatchObject({ status: 'expired' })
    expect(await stage.pressRun(ada, operation)).toMatchObject(refusedWith('approval-void'))
    await solo(true)
    expect(await stage.pressRun(ada, operation)).toMatchObject(refusedWith('approval-void'))
    expect(await stage.approve(await stage.person('commander'), operation)).toMatchObject(
      refusedWith('approval-too-late'),
    )
    await expireOperations(stage.store.ctx)
    const ended = await stage.reload(operation)
    expect(ended).toMatchObject({ status: 'expired' })
    expect(ended.events.at(-1)?.note).toContain('switched off')
  })

  it('a viewer, and whoever is too new, still approves nothing', async () => {
    const viewer = await stage.person('viewer')
    const operation = await stage.planned(ada)
    expect(await stage.approve(viewer, operation)).toMatchObject(refusedWith('forbidden'))
    await stage.store.db.execute(
      sql`update users set approver_from = now() + interval '1 minute' where id = ${ada.actor.userId}`,
    )
    expect(await stage.approve(ada, operation)).toMatchObject(refusedWith('approver-too-new'))
  })

  it('cannot be written without its wait, not even by the owner of the database', async () => {
    const operation = await approvedAlone()
    const shorter = stage.store.db
      .update(operations)
      .set({ runFrom: sql`${operations.approvedAt} + interval '14 minutes'` })
      .where(eq(operations.id, operation.id))
    await expect(shorter).rejects.toMatchObject({ cause: { constraint_name: 'operations_solo_waits' } })
  })

  it('is set by the operator alone, with a reason, audited, and stays on since it first was', async () => {
    const commander = await stage.person('commander')
    const input = { on: false, reason: 'I want the other way' }
    expect(await setSoloMode(commander, input)).toMatchObject(refusedWith('forbidden'))
    expect(await setSoloMode(stage.store.ctx, { on: false, reason: 'no' })).toMatchObject(
      refusedWith('invalid-input'),
    )
    const before = await getSoloMode(stage.store.db)
    expect(before.on).toBe(true)
    expect((await solo(true)).since).toEqual(before.since)
    await solo(false)
    const [entry] = await stage.store.db.select().from(auditEntries).orderBy(desc(auditEntries.seq)).limit(1)
    expect(entry).toMatchObject({
      action: 'users.solo-mode',
      outcome: 'done',
      detail: { from: true, to: false },
    })
  })

  it('a page offers what the verbs allow, and says from when', async () => {
    const onlooker = { id: ada.actor.userId, role: 'admin' as const, approverFrom: new Date(0) }
    const waiting = await stage.planned(ada)
    expect(actsFor(waiting, onlooker, new Date()).approve).toMatchObject({ allowed: true })
    const approved = await approvedAlone()
    const own = actsFor(approved, onlooker, new Date())
    expect(own).toMatchObject({
      approve: { allowed: false },
      run: { allowed: false },
      cancel: { allowed: true },
    })
    expect(own.run.why).toContain('it may run from 2')
    const other = actsFor(approved, { ...onlooker, id: 'bob' }, new Date())
    expect(other).toMatchObject({ approve: { allowed: true }, refuse: { allowed: true } })
    expect(actsFor(approved, onlooker, approved.runFrom!).run).toMatchObject({ allowed: true })
  })
})
