import { and, eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { guardStates } from '#drizzle/schema/guards.ts'
import { incidentEvents, incidents } from '#drizzle/schema/incidents.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { silences } from '#drizzle/schema/on-call.ts'
import { recordFinding, recordGuardEvent, recordTarget } from '#lib/testing/alert-records.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { acknowledgeAlert } from './acknowledge-alert.ts'
import { evaluateAlerts } from './evaluate-alerts.ts'
import { resolveAlert } from './resolve-alert.ts'
import { silenceAlert } from './silence-alert.ts'

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)

describe('evaluateAlerts', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })
  const alertsOf = (targetId: string) =>
    store.db.select().from(alerts).where(eq(alerts.targetId, targetId)).orderBy(alerts.fingerprint)
  const eventsOf = async (alertId: string) =>
    (
      await store.db
        .select()
        .from(alertEvents)
        .where(eq(alertEvents.alertId, alertId))
        .orderBy(alertEvents.at)
    ).map((event) => event.kind)

  it('fires once for one problem though ten processes evaluate it at once', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, {})
    await Promise.all(Array.from({ length: 10 }, () => evaluateAlerts(store.ctx, target.id)))
    const found = await alertsOf(target.id)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      fingerprint: 'health:membership.missing:app',
      status: 'firing',
      occurrences: 1,
    })
    expect(await eventsOf(found[0]!.id)).toEqual(['fired'])
  })

  it('waits for another evaluation of the target, so that an old view never undoes a new one', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, { at: minutesAgo(1) })
    const waiters = async () =>
      (await store.db.execute(sql`select from pg_locks where locktype = 'advisory' and not granted`)).length
    let evaluation = Promise.resolve<unknown>(null)
    await store.db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtext('holdfast:alerts'), hashtext(${target.id}))`)
      let settled = false
      evaluation = evaluateAlerts(store.ctx, target.id).finally(() => {
        settled = true
      })
      while (!settled && (await waiters()) === 0);
      await recordFinding(store.db, target.id, { status: 'healthy' })
    })
    expect(await evaluation).toMatchObject({ raised: 0, open: 0 })
  })

  it('counts an occurrence for each new finding, and says when it worsens', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, { severity: 'WARNING', at: minutesAgo(3) })
    await evaluateAlerts(store.ctx, target.id)
    await recordFinding(store.db, target.id, { severity: 'CRITICAL', affected: 9, at: minutesAgo(2) })
    await evaluateAlerts(store.ctx, target.id)
    await evaluateAlerts(store.ctx, target.id)
    const [alert] = await alertsOf(target.id)
    expect(alert).toMatchObject({ occurrences: 2, severity: 'CRITICAL' })
    expect(await eventsOf(alert!.id)).toEqual(['fired', 'worsened'])
  })

  it('resolves by itself when the problem is gone, and audits both turns', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, { at: minutesAgo(2) })
    await evaluateAlerts(store.ctx, target.id)
    await recordFinding(store.db, target.id, { status: 'healthy', at: minutesAgo(1) })
    expect(await evaluateAlerts(store.ctx, target.id)).toMatchObject({ resolved: 1, open: 0 })
    const [alert] = await alertsOf(target.id)
    expect(alert).toMatchObject({ status: 'resolved', resolvedBy: 'operator:tester@test' })
    const audited = await store.db
      .select({ detail: auditEntries.detail })
      .from(auditEntries)
      .where(and(eq(auditEntries.action, 'alerts.evaluate'), eq(auditEntries.target, target.name)))
      .orderBy(auditEntries.seq)
    expect(audited.map((entry) => entry.detail)).toEqual([
      { raised: ['health:membership.missing:app'], resolved: [] },
      { raised: [], resolved: ['health:membership.missing:app'] },
    ])
  })

  it('opens the same alert again when it flaps, instead of a second one', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, { at: minutesAgo(3) })
    await evaluateAlerts(store.ctx, target.id)
    await recordFinding(store.db, target.id, { status: 'healthy', at: minutesAgo(2) })
    await evaluateAlerts(store.ctx, target.id)
    await recordFinding(store.db, target.id, { at: minutesAgo(1) })
    await evaluateAlerts(store.ctx, target.id)
    const found = await alertsOf(target.id)
    expect(found).toHaveLength(1)
    expect(await eventsOf(found[0]!.id)).toEqual(['fired', 'resolved', 'reopened'])
  })

  it('never turns green for want of data: the old alert stays and the missing data has its own', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, { at: minutesAgo(2) })
    await evaluateAlerts(store.ctx, target.id)
    await recordFinding(store.db, target.id, { status: 'no-data', affected: null, at: minutesAgo(1) })
    await evaluateAlerts(store.ctx, target.id)
    expect(
      (await alertsOf(target.id)).map((alert) => [alert.fingerprint, alert.status, alert.severity]),
    ).toEqual([
      ['health:membership.missing:app', 'firing', 'CRITICAL'],
      ['no-data:membership.missing:app', 'firing', 'WARNING'],
    ])
    await recordFinding(store.db, target.id, { status: 'healthy' })
    expect(await evaluateAlerts(store.ctx, target.id)).toMatchObject({ resolved: 2, open: 0 })
  })

  it('takes findings that are too old for no data, whatever they say', async () => {
    const target = await recordTarget(store.db, { createdAt: minutesAgo(60) })
    await recordFinding(store.db, target.id, { at: minutesAgo(40) })
    await evaluateAlerts(store.ctx, target.id)
    const fingerprints = (await alertsOf(target.id)).map((alert) => alert.fingerprint)
    expect(fingerprints).toContain('no-data:health')
    expect(fingerprints).toContain('health:membership.missing:app')
  })

  it('fires for tampered guards, old, suspicious and failed backups, and failed drills', async () => {
    const target = await recordTarget(store.db, { createdAt: minutesAgo(60 * 24 * 10) })
    await recordFinding(store.db, target.id, { status: 'healthy' })
    await store.db.insert(guardStates).values({
      targetId: target.id,
      tableName: 'public.members',
      state: 'tampered',
      problems: ['The trigger is disabled.'],
      verifiedAt: new Date(),
    })
    const archive = {
      targetId: target.id,
      kind: 'archive',
      purpose: 'scheduled',
      requestedBy: 'test',
    } as const
    const [bad] = await store.db
      .insert(backups)
      .values([
        { ...archive, status: 'good', takenAt: minutesAgo(3_000), finishedAt: minutesAgo(2_999) },
        { ...archive, status: 'suspicious', takenAt: minutesAgo(20), finishedAt: minutesAgo(19) },
        { ...archive, kind: 'snapshot', status: 'failed', finishedAt: minutesAgo(10) },
      ])
      .returning()
    const drill = { targetId: target.id, backupId: bad!.id, status: 'finished', requestedBy: 'test' } as const
    await store.db.insert(drills).values([
      { ...drill, verdict: 'failed', finishedAt: minutesAgo(30) },
      { ...drill, verdict: 'inconclusive', finishedAt: minutesAgo(5) },
    ])
    await evaluateAlerts(store.ctx, target.id)
    expect((await alertsOf(target.id)).map((alert) => alert.fingerprint)).toEqual([
      'backup:failed:snapshot',
      'backup:overdue',
      'backup:overdue:archive',
      'backup:suspicious:archive',
      'drill:failed',
      'drill:stale',
      'guard:tampered:public.members',
      'no-data:drill',
    ])
  })

  it('tells one problem when the target does not answer, and none for each check that could not run', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, { at: minutesAgo(2) })
    await evaluateAlerts(store.ctx, target.id)
    const reach = { check: 'server.reachable', area: 'server', title: 'The database answers' } as const
    await recordFinding(store.db, target.id, { ...reach, severity: 'EMERGENCY' })
    await recordFinding(store.db, target.id, { status: 'no-data', affected: null })
    await recordFinding(store.db, target.id, { check: 'rows.count:a', area: 'rows', status: 'no-data' })
    await evaluateAlerts(store.ctx, target.id)
    expect((await alertsOf(target.id)).map((alert) => [alert.fingerprint, alert.status])).toEqual([
      ['health:membership.missing:app', 'firing'],
      ['health:server.reachable', 'firing'],
    ])
  })

  it('takes a guard that vanished for tampering, and one that was never there or was removed on request not', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, { status: 'healthy' })
    const state = (tableName: string) => ({
      targetId: target.id,
      tableName,
      state: 'missing' as const,
      problems: ['It has no guard.'],
      verifiedAt: new Date(),
    })
    await store.db.insert(guardStates).values([state('public.gone'), state('public.never')])
    await recordGuardEvent(store.db, target.id, { kind: 'tampered', tableName: 'public.gone' })
    await evaluateAlerts(store.ctx, target.id)
    expect((await alertsOf(target.id)).map((alert) => alert.fingerprint)).toEqual([
      'guard:tampered:public.gone',
    ])
    await store.db.insert(jobRuns).values({
      kind: 'guards.remove',
      targetId: target.id,
      payload: {},
      status: 'succeeded',
      requestedBy: 'test',
      finishedAt: new Date(),
    })
    expect(await evaluateAlerts(store.ctx, target.id)).toMatchObject({ resolved: 1, open: 0 })
  })

  it('opens one incident for a refused mass delete together with a loss, with the evidence in it', async () => {
    const target = await recordTarget(store.db, { policy: { rowCounts: [{ table: 'public.members' }] } })
    await recordFinding(store.db, target.id, { status: 'healthy', at: minutesAgo(4) })
    const began = minutesAgo(3)
    await recordGuardEvent(store.db, target.id, { kind: 'deleted', rows: 20, at: began })
    await recordGuardEvent(store.db, target.id, { kind: 'deleted', rows: 15, at: minutesAgo(2.5) })
    await recordGuardEvent(store.db, target.id, { rows: 400, at: minutesAgo(2) })
    await recordFinding(store.db, target.id, { affected: 35, at: minutesAgo(1) })
    await Promise.all(Array.from({ length: 5 }, () => evaluateAlerts(store.ctx, target.id)))
    const opened = await store.db.select().from(incidents).where(eq(incidents.targetId, target.id))
    expect(opened).toHaveLength(1)
    expect(opened[0]).toMatchObject({ severity: 'CRITICAL', status: 'open', rowsLost: 35 })
    expect(opened[0]!.beganAt).toEqual(began)
    const linked = (await alertsOf(target.id)).map((alert) => [alert.fingerprint, alert.incidentId])
    expect(linked).toEqual([
      ['guard:blocked:public.members', opened[0]!.id],
      ['health:membership.missing:app', opened[0]!.id],
    ])
    const told = await store.db
      .select()
      .from(incidentEvents)
      .where(eq(incidentEvents.incidentId, opened[0]!.id))
    expect(told.map((event) => event.kind).sort()).toEqual(['alert', 'alert', 'opened'])
  })

  it('opens an incident for a refused mass delete by someone who deleted rows in small bites', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, { status: 'healthy', at: minutesAgo(1) })
    await recordGuardEvent(store.db, target.id, { kind: 'deleted', rows: 24, at: minutesAgo(3) })
    await recordGuardEvent(store.db, target.id, {
      kind: 'deleted',
      rows: 7,
      roleName: 'app',
      at: minutesAgo(2),
    })
    await recordGuardEvent(store.db, target.id, { at: minutesAgo(1) })
    const worker = { ...store.ctx, actor: { kind: 'worker', workerId: 'test' } as const }
    const { incidentId } = await evaluateAlerts(worker, target.id)
    const title = async () =>
      (await store.db.select().from(incidents).where(eq(incidents.id, incidentId!)))[0]!.title
    expect(await title()).toContain('yet rows were deleted')
    await recordFinding(store.db, target.id, { details: '24 of 90 users have no membership. Some.' })
    expect((await evaluateAlerts(worker, target.id)).incidentId).toBe(incidentId)
    expect(await title()).toBe(
      `${target.name}: 24 of 90 users have no membership, and a mass delete was refused`,
    )
  })

  it('opens no incident for a refused delete alone, nor for what was always wrong', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, { affected: 12, at: minutesAgo(5) })
    await recordFinding(store.db, target.id, { affected: 12, at: minutesAgo(1) })
    await recordGuardEvent(store.db, target.id, { at: minutesAgo(1) })
    await recordGuardEvent(store.db, target.id, {
      kind: 'deleted',
      rows: 3,
      roleName: 'app',
      at: minutesAgo(1),
    })
    expect(await evaluateAlerts(store.ctx, target.id)).toMatchObject({ raised: 2, incidentId: null })
  })

  it('does not open a second incident for the same loss after the first was resolved', async () => {
    const target = await recordTarget(store.db)
    await recordFinding(store.db, target.id, { status: 'healthy', at: minutesAgo(4) })
    await recordFinding(store.db, target.id, { at: minutesAgo(2) })
    const { incidentId } = await evaluateAlerts(store.ctx, target.id)
    await store.db
      .update(incidents)
      .set({ status: 'resolved', resolvedAt: minutesAgo(1) })
      .where(eq(incidents.id, incidentId!))
    await recordFinding(store.db, target.id, {})
    expect((await evaluateAlerts(store.ctx, target.id)).incidentId).toBeNull()
    await recordFinding(store.db, target.id, { affected: 50, at: new Date(Date.now() + 1_000) })
    expect((await evaluateAlerts(store.ctx, target.id)).incidentId).not.toBe(incidentId)
  })

  describe('by hand', () => {
    const firing = async () => {
      const target = await recordTarget(store.db)
      await recordFinding(store.db, target.id, { severity: 'WARNING', at: minutesAgo(2) })
      await evaluateAlerts(store.ctx, target.id)
      return { target, alert: (await alertsOf(target.id))[0]! }
    }

    it('keeps an acknowledged alert quiet until it worsens', async () => {
      const { target, alert } = await firing()
      expect(await acknowledgeAlert(store.ctx, { alertId: alert.id })).toMatchObject({ ok: true })
      expect(await acknowledgeAlert(store.ctx, { alertId: alert.id })).toMatchObject({
        ok: false,
        refusal: { code: 'not-firing' },
      })
      await recordFinding(store.db, target.id, { severity: 'WARNING', at: minutesAgo(1) })
      await evaluateAlerts(store.ctx, target.id)
      expect((await alertsOf(target.id))[0]).toMatchObject({ status: 'acknowledged', occurrences: 2 })
      await recordFinding(store.db, target.id, { severity: 'EMERGENCY' })
      await evaluateAlerts(store.ctx, target.id)
      expect((await alertsOf(target.id))[0]).toMatchObject({ status: 'firing', severity: 'EMERGENCY' })
    })

    it('fires again when a silence ends and the problem is still there', async () => {
      const { target, alert } = await firing()
      const until = new Date(Date.now() + 3_600_000)
      expect(await silenceAlert(store.ctx, { alertId: alert.id, until })).toMatchObject({ ok: true })
      await evaluateAlerts(store.ctx, target.id)
      expect((await alertsOf(target.id))[0]).toMatchObject({ status: 'silenced' })
      await store.db
        .update(alerts)
        .set({ silencedUntil: minutesAgo(1) })
        .where(eq(alerts.id, alert.id))
      await store.db
        .update(silences)
        .set({ startsAt: minutesAgo(2), endsAt: minutesAgo(1) })
        .where(eq(silences.targetId, target.id))
      await evaluateAlerts(store.ctx, target.id)
      expect((await alertsOf(target.id))[0]).toMatchObject({ status: 'firing' })
    })

    it('does not fire again on the evidence that was resolved by hand, only on new one', async () => {
      const { target, alert } = await firing()
      expect(await resolveAlert(store.ctx, { alertId: alert.id, note: 'expected' })).toMatchObject({
        ok: true,
      })
      await evaluateAlerts(store.ctx, target.id)
      expect((await alertsOf(target.id))[0]).toMatchObject({ status: 'resolved' })
      await recordFinding(store.db, target.id, { severity: 'WARNING' })
      await evaluateAlerts(store.ctx, target.id)
      expect((await alertsOf(target.id))[0]).toMatchObject({ status: 'firing' })
    })

    it('refuses a silence that ends in the past or never', async () => {
      const { alert } = await firing()
      for (const until of [minutesAgo(1), new Date(Date.now() + 400 * 86_400_000)]) {
        expect(await silenceAlert(store.ctx, { alertId: alert.id, until })).toMatchObject({ ok: false })
      }
    })

    it('refuses a viewer', async () => {
      const viewer = await createTestPerson(store, 'viewer')
      const { alert } = await firing()
      const inputs = [
        [acknowledgeAlert, { alertId: alert.id }],
        [silenceAlert, { alertId: alert.id, until: new Date(Date.now() + 60_000) }],
        [resolveAlert, { alertId: alert.id }],
      ] as const
      for (const [verb, input] of inputs) {
        expect(await verb(viewer, input)).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
      }
    })
  })
})
