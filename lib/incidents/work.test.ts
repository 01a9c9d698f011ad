import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { channels, deliveries } from '#drizzle/schema/channels.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import { alertRoutes, rotations } from '#drizzle/schema/on-call.ts'
import { recordTarget } from '#lib/testing/alert-records.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { assignIncident } from './assign-incident.ts'
import { readIncident } from './export-postmortem.ts'
import { moveIncident } from './move-incident.ts'
import { noteIncident } from './note-incident.ts'
import { openIncident } from './open-incident.ts'
import { pinEntry } from './pin-entry.ts'
import { getIncident, listIncidents } from './queries.ts'
import { rateIncident } from './rate-incident.ts'
import { tellStakeholders } from './tell-stakeholders.ts'
import { tickStep } from './tick-step.ts'
import { getIncidentTimeline } from './timeline/get-timeline.ts'

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const refused = (code: string) => ({ ok: false, refusal: { code } })

describe('work on an incident', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })
  const open = async (over: Record<string, unknown> = {}) => {
    const target = await recordTarget(store.db)
    const outcome = await openIncident(store.ctx, {
      targetId: target.id,
      title: 'Members are gone',
      kind: 'data-loss',
      severity: 'CRITICAL',
      beganAt: minutesAgo(10),
      ...over,
    })
    if (!outcome.ok) throw new Error(outcome.refusal.reason)
    return { target, incidentId: outcome.value.incidentId }
  }
  const channel = async (name: string) => {
    const [made] = await store.db
      .insert(channels)
      .values({ name, kind: 'webhook', settings: {}, createdBy: 'test' })
      .returning({ id: channels.id })
    return made!.id
  }
  const messagesOf = (incidentId: string) =>
    store.db
      .select({ channelId: deliveries.channelId, message: deliveries.message, status: deliveries.status })
      .from(deliveries)
      .where(eq(deliveries.incidentId, incidentId))
      .orderBy(deliveries.createdAt)

  it('refuses a viewer each of its acts', async () => {
    const viewer = await createTestPerson(store, 'viewer')
    const { incidentId } = await open()
    const acts = [
      assignIncident(viewer, { incidentId, userId: null }),
      rateIncident(viewer, { incidentId, severity: 'INFO', reason: 'x' }),
      pinEntry(viewer, { incidentId, entryKey: 'guard:1', isPinned: true }),
      tickStep(viewer, { incidentId, stepKey: 'critical', isDone: true }),
      tellStakeholders(viewer, { incidentId, channelIds: [incidentId], title: 'x', body: 'x' }),
    ]
    for (const outcome of await Promise.all(acts)) expect(outcome).toMatchObject(refused('forbidden'))
  })

  it('opens one incident about Holdfast itself however many race for it', async () => {
    const input = { targetId: null, title: 'The worker is dead', kind: 'holdfast', severity: 'WARNING' }
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => openIncident(store.ctx, { ...input, join: true })),
    )
    expect(outcomes.filter((outcome) => outcome.ok && outcome.value.opened)).toHaveLength(1)
    expect(await openIncident(store.ctx, input)).toMatchObject(refused('incident-open'))
    const [own] = await listIncidents(store.db, { targetId: null, openOnly: true })
    expect(own).toMatchObject({ targetName: null, kind: 'holdfast' })
    const read = await readIncident(store.db, own!, new Date())
    expect(read.runbook.map(({ key }) => key)).toContain('worker')
    await moveIncident(store.ctx, { incidentId: own!.id, to: 'resolved', resolution: 'Restarted.' })
    await openIncident(store.ctx, input)
    expect(await moveIncident(store.ctx, { incidentId: own!.id, to: 'investigating' })).toMatchObject(
      refused('incident-open'),
    )
  })

  it('gives a critical one to whoever is on call, and leaves a lesser one to be taken', async () => {
    const commander = await createTestPerson(store, 'commander')
    if (commander.actor.kind !== 'user') throw new Error('not a person')
    const [rotation] = await store.db
      .insert(rotations)
      .values({
        name: 'databases',
        timeZone: 'UTC',
        startsAt: minutesAgo(60),
        shiftDays: 7,
        members: [commander.actor.userId],
        createdBy: 'test',
      })
      .returning()
    const grave = await getIncident(store.db, (await open()).incidentId)
    const lesser = await getIncident(store.db, (await open({ severity: 'WARNING' })).incidentId)
    await store.db.update(rotations).set({ removedAt: new Date() }).where(eq(rotations.id, rotation!.id))
    expect(grave.assignee).toBe(commander.actor.email)
    expect(lesser.assignee).toBeNull()
    const told = (await getIncidentTimeline(store.db, grave)).find(({ title }) => title.includes('on call'))
    expect(told?.title).toContain(commander.actor.email)
  })

  it('is assigned to people who may act, and to nobody', async () => {
    const { incidentId } = await open()
    const admin = await createTestPerson(store, 'admin')
    const viewer = await createTestPerson(store, 'viewer')
    const idOf = (person: typeof admin) => (person.actor.kind === 'user' ? person.actor.userId : '')
    expect(await assignIncident(store.ctx, { incidentId, userId: idOf(viewer) })).toMatchObject(
      refused('viewer-cannot-act'),
    )
    expect(await assignIncident(store.ctx, { incidentId, userId: incidentId })).toMatchObject(
      refused('user-not-found'),
    )
    expect(await assignIncident(store.ctx, { incidentId, userId: idOf(admin) })).toMatchObject({ ok: true })
    expect((await getIncident(store.db, incidentId)).assignee).not.toBeNull()
    expect(await assignIncident(store.ctx, { incidentId, userId: null })).toMatchObject({ ok: true })
    expect((await getIncident(store.db, incidentId)).assignee).toBeNull()
  })

  it('changes its severity with a reason only, and never to what it is', async () => {
    const { incidentId } = await open()
    const rate = (severity: string, reason?: string) =>
      rateIncident(store.ctx, { incidentId, severity, ...(reason ? { reason } : {}) })
    expect(await rate('EMERGENCY')).toMatchObject(refused('invalid-input'))
    expect(await rate('CRITICAL', 'x')).toMatchObject(refused('severity-same'))
    expect(await rate('EMERGENCY', 'More is gone')).toMatchObject({ ok: true })
    const incident = await getIncident(store.db, incidentId)
    expect(incident.severity).toBe('EMERGENCY')
    const timeline = await getIncidentTimeline(store.db, incident)
    expect(timeline.find(({ title }) => title === 'CRITICAL → EMERGENCY')?.detail).toBe('More is gone')
  })

  it('tells the channels of its first alert’s route when it opens and ends, and each once', async () => {
    const [routed, other] = [await channel('war room'), await channel('elsewhere')]
    const [route] = await store.db
      .insert(alertRoutes)
      .values({
        name: 'database',
        position: 5,
        match: { fingerprints: ['health:'], minimumSeverity: 'WARNING' },
        steps: [{ afterMinutes: 0, channelIds: [routed], rotationIds: [] }],
        createdBy: 'test',
      })
      .returning()
    const target = await recordTarget(store.db)
    const [alert] = await store.db
      .insert(alerts)
      .values({
        targetId: target.id,
        fingerprint: 'health:rows',
        title: 'x',
        details: 'x',
        severity: 'CRITICAL',
      })
      .returning()
    const { incidentId } = await open({ targetId: target.id, alertIds: [alert!.id] })
    await moveIncident(store.ctx, { incidentId, to: 'investigating' })
    await moveIncident(store.ctx, { incidentId, to: 'resolved', resolution: 'Put back.' })
    const sent = await messagesOf(incidentId)
    expect(sent.map(({ channelId }) => channelId)).toEqual([routed, routed])
    expect(sent.map(({ message }) => (message as { status: string }).status)).toEqual(['firing', 'resolved'])
    await store.db.update(alertRoutes).set({ removedAt: new Date() }).where(eq(alertRoutes.id, route!.id))
    const read = await readIncident(store.db, await getIncident(store.db, incidentId), new Date())
    expect(read.timeline.filter(({ kind }) => kind === 'message')[0]?.title).toContain('war room')
    expect(other).not.toBe(routed)
  })

  it('keeps the message of work that was announced, and sends nothing', async () => {
    await channel('held')
    const { incidentId } = await open({ heldBecause: 'maintenance: index work' })
    const sent = await messagesOf(incidentId)
    expect(sent.length).toBeGreaterThan(0)
    expect(sent.every(({ status }) => status === 'held')).toBe(true)
  })

  it('sends a person’s notice through the channels that they chose, and refuses one that is gone', async () => {
    const [chosen, gone] = [await channel('board'), await channel('old')]
    await store.db.update(channels).set({ removedAt: new Date() }).where(eq(channels.id, gone))
    const { incidentId } = await open()
    const before = (await messagesOf(incidentId)).length
    const tell = (channelIds: string[]) =>
      tellStakeholders(store.ctx, { incidentId, channelIds, title: 'We are on it', body: 'More at ten.' })
    expect(await tell([chosen, gone])).toMatchObject(refused('channel-not-found'))
    expect(await tell([])).toMatchObject(refused('invalid-input'))
    expect(await tell([chosen])).toMatchObject({ ok: true, value: { channels: ['board'] } })
    const sent = (await messagesOf(incidentId)).slice(before)
    expect(sent).toMatchObject([
      { channelId: chosen, message: { title: 'We are on it', text: 'More at ten.' } },
    ])
    const read = await readIncident(store.db, await getIncident(store.db, incidentId), new Date())
    expect(read.runbook.find(({ key }) => key === 'tell')?.done).toBe('Told once')
  })

  it('puts a note where it happened and says when it was written; a correction stands beside it', async () => {
    const { incidentId } = await open()
    const happenedAt = minutesAgo(8)
    const first = await noteIncident(store.ctx, { incidentId, body: 'The pipeline ran', happenedAt })
    const noteId = first.ok ? first.value.eventId : ''
    await noteIncident(store.ctx, { incidentId, body: 'It was the nightly job', correctsId: noteId })
    expect(await noteIncident(store.ctx, { incidentId, body: 'x', correctsId: incidentId })).toMatchObject(
      refused('note-not-found'),
    )
    expect(
      await noteIncident(store.ctx, { incidentId, body: 'x', happenedAt: minutesAgo(-60) }),
    ).toMatchObject(refused('happens-in-future'))
    const timeline = await getIncidentTimeline(store.db, await getIncident(store.db, incidentId))
    const notes = timeline.filter(({ kind }) => kind === 'note')
    expect(notes.map(({ at }) => at)).toEqual([happenedAt, happenedAt])
    expect(notes.map(({ detail }) => detail)).toEqual(['The pipeline ran', 'It was the nightly job'])
    expect(notes[0]!.writtenAt!.getTime()).toBeGreaterThan(happenedAt.getTime())
    expect(notes[1]!.corrects).toBe(`incident:${noteId}`)
    expect(timeline.indexOf(notes[0]!)).toBeLessThan(
      timeline.findIndex(({ title }) => title.startsWith('Incident opened')),
    )
  })

  it('keeps who ticked a step, with their word, and who took it back; records outrank a tick', async () => {
    const { incidentId } = await open()
    const step = async (key: string) => {
      const read = await readIncident(store.db, await getIncident(store.db, incidentId), new Date())
      return read.runbook.find((each) => each.key === key)
    }
    const tick = (stepKey: string, isDone = true) =>
      tickStep(store.ctx, { incidentId, stepKey, isDone, note: 'seen by myself' })
    expect(await tick('no-such-step')).toMatchObject(refused('step-not-found'))
    expect(await tick('critical')).toMatchObject({ ok: true })
    expect(await step('critical')).toMatchObject({ done: 'seen by myself', isTicked: true })
    expect(await tick('critical', false)).toMatchObject({ ok: true })
    expect(await step('critical')).toMatchObject({ done: null, tick: { isDone: false } })
    await moveIncident(store.ctx, { incidentId, to: 'stable' })
    expect(await step('stable')).toMatchObject({ done: 'Stable', isTicked: false, canTick: false })
  })

  it('pins entries for the postmortem, and takes nothing into a closed incident', async () => {
    const { incidentId } = await open()
    const entryKey = 'incident:11111111-1111-4111-8111-111111111111'
    const pin = (isPinned: boolean) => pinEntry(store.ctx, { incidentId, entryKey, isPinned })
    await Promise.all([pin(true), pin(true)])
    const pins = async () => [
      ...(await readIncident(store.db, await getIncident(store.db, incidentId), new Date())).pinned,
    ]
    expect(await pins()).toEqual([entryKey])
    await pin(false)
    expect(await pins()).toEqual([])
    expect(await pinEntry(store.ctx, { incidentId, entryKey: '<b>', isPinned: true })).toMatchObject(
      refused('invalid-input'),
    )
    await store.db
      .update(incidents)
      .set({ status: 'closed', resolvedAt: new Date(), closedAt: new Date() })
      .where(and(eq(incidents.id, incidentId)))
    for (const outcome of [
      await pin(true),
      await tickStep(store.ctx, { incidentId, stepKey: 'critical', isDone: true }),
      await rateIncident(store.ctx, { incidentId, severity: 'INFO', reason: 'x' }),
      await assignIncident(store.ctx, { incidentId, userId: null }),
    ]) {
      expect(outcome).toMatchObject(refused('incident-closed'))
    }
  })
})
