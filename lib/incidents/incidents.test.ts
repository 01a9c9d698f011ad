import { beforeAll, describe, expect, it } from 'vitest'
import { rowCounts } from '#drizzle/schema/health.ts'
import { operationEvents, operations } from '#drizzle/schema/operations.ts'
import { recordFinding, recordGuardEvent, recordTarget } from '#lib/testing/alert-records.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { exportPostmortem } from './export-postmortem.ts'
import { moveIncident } from './move-incident.ts'
import { noteIncident } from './note-incident.ts'
import { openIncident } from './open-incident.ts'
import { getIncident, getIncidentByReference, listIncidents } from './queries.ts'
import { refreshIncident } from './refresh-incident.ts'
import { takeCommand } from './take-command.ts'
import { getIncidentTimeline } from './timeline/get-timeline.ts'

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)

describe('incidents', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })
  const open = async (beganAt = minutesAgo(10)) => {
    const target = await recordTarget(store.db)
    const outcome = await openIncident(store.ctx, {
      targetId: target.id,
      title: 'Members are gone',
      severity: 'CRITICAL',
      beganAt,
    })
    if (!outcome.ok) throw new Error(outcome.refusal.reason)
    return { target, ...outcome.value }
  }

  it('opens one incident per target however many race for it', async () => {
    const target = await recordTarget(store.db)
    const input = { targetId: target.id, title: 'Gone', severity: 'CRITICAL', join: true }
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => openIncident(store.ctx, input)))
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true)
    expect(outcomes.filter((outcome) => outcome.ok && outcome.value.opened)).toHaveLength(1)
    expect(await listIncidents(store.db, { targetId: target.id })).toHaveLength(1)
    expect(await openIncident(store.ctx, { ...input, join: false })).toMatchObject({
      ok: false,
      refusal: { code: 'incident-open' },
    })
  })

  it('moves only along the allowed ways, and resolves only with a resolution', async () => {
    const { incidentId } = await open()
    const move = (to: string, resolution?: string) =>
      moveIncident(store.ctx, { incidentId, to, ...(resolution ? { resolution } : {}) })
    expect(await move('closed')).toMatchObject({ ok: false, refusal: { code: 'transition-not-allowed' } })
    expect(await move('open')).toMatchObject({ ok: false })
    expect(await move('investigating')).toMatchObject({ ok: true })
    expect(await move('resolved')).toMatchObject({ ok: false, refusal: { code: 'resolution-missing' } })
    expect(await move('stable')).toMatchObject({ ok: true })
    expect(await move('resolved', 'Put back.')).toMatchObject({ ok: true })
    const resolved = await getIncident(store.db, incidentId)
    expect(resolved).toMatchObject({ status: 'resolved', resolution: 'Put back.' })
    for (const moment of [resolved.acknowledgedAt, resolved.stableAt, resolved.resolvedAt]) {
      expect(moment).toBeInstanceOf(Date)
    }
    expect(await move('closed')).toMatchObject({ ok: true })
    expect(await move('investigating')).toMatchObject({ ok: false })
    expect(await noteIncident(store.ctx, { incidentId, body: 'late' })).toMatchObject({
      ok: false,
      refusal: { code: 'incident-closed' },
    })
  })

  it('does not reopen a resolved incident while another is open on the target', async () => {
    const first = await open()
    await moveIncident(store.ctx, { incidentId: first.incidentId, to: 'resolved', resolution: 'done' })
    const again = { targetId: first.target.id, title: 'Again', severity: 'WARNING' }
    await openIncident(store.ctx, again)
    expect(
      await moveIncident(store.ctx, { incidentId: first.incidentId, to: 'investigating' }),
    ).toMatchObject({ ok: false, refusal: { code: 'incident-open' } })
  })

  it('gives command to a commander only, and acknowledges by it', async () => {
    const { incidentId } = await open()
    const commander = await createTestPerson(store, 'commander')
    const admin = await createTestPerson(store, 'admin')
    expect(await takeCommand(admin, { incidentId })).toMatchObject({ ok: false })
    expect(await takeCommand(store.ctx, { incidentId })).toMatchObject({ ok: false })
    expect(await takeCommand(commander, { incidentId })).toMatchObject({ ok: true })
    const incident = await getIncident(store.db, incidentId)
    expect(incident.commander).toBe(commander.actor.kind === 'user' ? commander.actor.email : '')
    expect(incident.acknowledgedAt).not.toBeNull()
  })

  it('refuses a viewer every act', async () => {
    const viewer = await createTestPerson(store, 'viewer')
    const { incidentId, target } = await open()
    const acts = [
      openIncident(viewer, { targetId: target.id, title: 'x', severity: 'INFO' }),
      noteIncident(viewer, { incidentId, body: 'x' }),
      moveIncident(viewer, { incidentId, to: 'stable' }),
      takeCommand(viewer, { incidentId }),
    ]
    for (const outcome of await Promise.all(acts)) {
      expect(outcome).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
    }
  })

  it('counts what was lost from journal and row counts, per table the larger, and says it once', async () => {
    const { incidentId, target } = await open()
    await recordGuardEvent(store.db, target.id, { kind: 'deleted', rows: 24, at: minutesAgo(9) })
    await recordGuardEvent(store.db, target.id, { kind: 'deleted', rows: 11, at: minutesAgo(8) })
    await recordGuardEvent(store.db, target.id, { kind: 'deleted', rows: 500, at: minutesAgo(60) })
    const count = (tableName: string, rows: number, minutes: number) => ({
      targetId: target.id,
      tableName,
      rows,
      countedAt: minutesAgo(minutes),
    })
    await store.db
      .insert(rowCounts)
      .values([
        count('public.members', 1000, 11),
        count('public.members', 970, 5),
        count('public.users', 300, 11),
        count('public.users', 255, 6),
        count('public.users', 300, 2),
        count('public.orders', 10, 11),
        count('public.orders', 12, 2),
      ])
    await refreshIncident(store.ctx, target.id)
    await refreshIncident(store.ctx, target.id)
    const incident = await getIncident(store.db, incidentId)
    expect(incident.rowsLost).toBe(35 + 45)
    const told = (await getIncidentTimeline(store.db, incident)).filter((entry) => /lost$/.test(entry.title))
    expect(told).toHaveLength(1)
    expect(told[0]!.detail).toBe('public.members 35 rows (journal)\npublic.users 45 rows (row-counts)')
  })

  it('does not count as lost what an approved permit took between two counts', async () => {
    const { incidentId, target } = await open()
    const permitted = { kind: 'permitted', detail: { act: 'delete' } } as const
    await recordGuardEvent(store.db, target.id, { ...permitted, rows: 50, at: minutesAgo(10.5) })
    await recordGuardEvent(store.db, target.id, { ...permitted, rows: 200, at: minutesAgo(2) })
    await recordGuardEvent(store.db, target.id, {
      kind: 'permitted',
      detail: { act: 'update' },
      rows: 9,
      at: minutesAgo(10.5),
    })
    const count = (rows: number, minutes: number) => ({
      targetId: target.id,
      tableName: 'public.members',
      rows,
      countedAt: minutesAgo(minutes),
    })
    await store.db.insert(rowCounts).values([count(1000, 11), count(943, 5), count(990, 1)])
    await refreshIncident(store.ctx, target.id)
    expect((await getIncident(store.db, incidentId)).rowsLost).toBe(7)
  })

  it('assembles timeline and postmortem from the records of every domain', async () => {
    const { incidentId, target } = await open()
    await recordFinding(store.db, target.id, { status: 'healthy', at: minutesAgo(11) })
    await recordFinding(store.db, target.id, { at: minutesAgo(8) })
    await recordGuardEvent(store.db, target.id, { at: minutesAgo(9), rows: 400 })
    const viewer = await createTestPerson(store, 'viewer')
    await noteIncident(viewer, { incidentId, body: 'I may not' })
    await noteIncident(store.ctx, { incidentId, body: 'Called the **team**\nsecond line' })
    const [operation] = await store.db
      .insert(operations)
      .values({
        kind: 'restore',
        targetId: target.id,
        incidentId,
        status: 'succeeded',
        request: {},
        needsApproval: false,
        plan: { summary: { sentence: 'Puts back 35 rows', promisedRows: 35 } },
        fingerprint: 'ab'.repeat(32),
        reason: 'lost rows',
        requestedBy: 'user:ada@example.com',
        result: { writtenRows: 35 },
        finishedAt: new Date(),
      })
      .returning()
    await store.db.insert(operationEvents).values({
      operationId: operation!.id,
      status: 'succeeded',
      actor: 'worker:1',
      note: '35 rows written and proven',
    })
    const incident = await getIncident(store.db, incidentId)
    const timeline = await getIncidentTimeline(store.db, incident)
    const kinds = timeline.map((entry) => entry.kind)
    expect(kinds.slice(0, 3)).toEqual(['guard', 'health', 'incident'])
    expect(kinds.slice(3).sort()).toEqual(['note', 'operation', 'refusal'])
    const text = await exportPostmortem(store.db, incident, new Date())
    expect(text).toContain('Called the \\*\\*team\\*\\*')
    expect(text).toContain('| Rows recovered | 35 |')
    expect(text).toContain('wrote exactly the 35 rows')
  })

  it('finds an incident by number or id and says when there is none', async () => {
    const { incidentId, number } = await open()
    expect(await getIncidentByReference(store.db, `#${number}`)).toMatchObject({ id: incidentId })
    expect(await getIncidentByReference(store.db, incidentId)).toMatchObject({ number })
    for (const reference of ['999999', 'x; drop', '']) {
      await expect(getIncidentByReference(store.db, reference)).rejects.toMatchObject({
        code: 'incident-not-found',
      })
    }
  })
})
