import { and, eq, isNull, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { channels } from '#drizzle/schema/channels.ts'
import { maintenanceWindows, silences } from '#drizzle/schema/on-call.ts'
import { acknowledgeAlert } from '#lib/alerts/acknowledge-alert.ts'
import { acknowledgeForReader } from '#lib/alerts/acknowledge-for-reader.ts'
import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import { clearAlert, raiseAlert } from '#lib/alerts/raise-alert.ts'
import { addSilence } from '#lib/alerts/silences/add-silence.ts'
import { endSilence } from '#lib/alerts/silences/end-silence.ts'
import { escalateAlerts } from '#lib/alerts/telling/escalate-alerts.ts'
import { addWindow } from '#lib/alerts/windows/add-window.ts'
import { cancelWindow } from '#lib/alerts/windows/cancel-window.ts'
import { unwrap } from '#lib/errors.ts'
import { recordFinding, recordTarget } from '#lib/testing/alert-records.ts'
import {
  letStepsComeDue,
  recordChannel,
  recordRotation,
  recordRoute,
  sentTo,
  toldTo,
} from '#lib/testing/telling-stage.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const minutesFromNow = (minutes: number) => minutesAgo(-minutes)

describe('what is told', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })
  const alertOf = async (targetId: string) =>
    (await store.db.select().from(alerts).where(eq(alerts.targetId, targetId)))[0]!
  const userOf = async (role: 'admin' | 'commander') => {
    const { actor } = await createTestPerson(store, role)
    return actor.kind === 'user' ? actor : Promise.reject(new Error('not a person'))
  }
  /** A target with one problem, and a route that tells one channel at once. */
  const stage = async (steps: Parameters<typeof recordRoute>[2] = [], options = {}) => {
    const target = await recordTarget(store.db)
    const channel = await recordChannel(store.db)
    await recordRoute(store.db, target.id, [{ channelIds: [channel.id] }, ...steps], options)
    await recordFinding(store.db, target.id, { severity: 'WARNING', at: minutesAgo(9) })
    return { target, channel }
  }

  it('is told once though ten processes evaluate and escalate at once', async () => {
    const { target, channel } = await stage()
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        await evaluateAlerts(store.ctx, target.id)
        await escalateAlerts(store.ctx)
      }),
    )
    expect(await sentTo(store.db, channel.id)).toEqual(['fired'])
  })

  it('is neither raised without its message nor told without being raised, when the process dies between', async () => {
    const { target, channel } = await stage()
    const blocker = store.db.$client
    const waiting = async () =>
      blocker<{ pid: number }[]>`
        select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
          and query ilike '%into "deliveries"%'`
    await blocker.begin(async (tx) => {
      await tx`lock table deliveries in exclusive mode`
      const dying = evaluateAlerts(store.ctx, target.id).catch((error: unknown) => error)
      let found = await waiting()
      while (found.length === 0) found = await waiting()
      await blocker`select pg_terminate_backend(${found[0]!.pid})`
      expect(await dying).toBeInstanceOf(Error)
    })
    expect(await alertOf(target.id)).toBeUndefined()
    await evaluateAlerts(store.ctx, target.id)
    expect((await alertOf(target.id)).status).toBe('firing')
    expect(await sentTo(store.db, channel.id)).toEqual(['fired'])
  })

  it('goes to the next step while nobody acknowledges, to the person on call too, and begins again', async () => {
    const mail = await recordChannel(store.db, 'email')
    const onCall = await userOf('admin')
    const rotation = await recordRotation(store.db, [onCall.userId, (await userOf('commander')).userId])
    const { target, channel } = await stage(
      [{ afterMinutes: 10, channelIds: [mail.id], rotationIds: [rotation] }],
      { repeatMinutes: 30 },
    )
    await evaluateAlerts(store.ctx, target.id)
    await escalateAlerts(store.ctx)
    expect(await toldTo(store.db, mail.id)).toEqual([])
    const waits = (await alertOf(target.id)).nextStepAt!.getTime() - Date.now()
    expect(waits / 60_000).toBeCloseTo(10, 0)
    await letStepsComeDue(store.db, target.id)
    await Promise.all([escalateAlerts(store.ctx), escalateAlerts(store.ctx), escalateAlerts(store.ctx)])
    expect((await toldTo(store.db, mail.id)).map(({ kind, userId }) => [kind, userId])).toEqual(
      expect.arrayContaining([
        ['escalated', null],
        ['escalated', onCall.userId],
      ]),
    )
    expect(await sentTo(store.db, mail.id)).toHaveLength(2)
    await letStepsComeDue(store.db, target.id)
    await escalateAlerts(store.ctx)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired', 'reminded'])
  })

  it('ends the chain when somebody acknowledges, and begins it again when it becomes worse', async () => {
    const second = await recordChannel(store.db)
    const { target, channel } = await stage([{ afterMinutes: 5, channelIds: [second.id] }])
    await evaluateAlerts(store.ctx, target.id)
    unwrap(await acknowledgeAlert(store.ctx, { alertId: (await alertOf(target.id)).id }))
    await letStepsComeDue(store.db, target.id)
    await escalateAlerts(store.ctx)
    expect(await sentTo(store.db, second.id)).toEqual([])
    await recordFinding(store.db, target.id, { severity: 'EMERGENCY', at: minutesAgo(4) })
    await evaluateAlerts(store.ctx, target.id)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired', 'worsened'])
    await letStepsComeDue(store.db, target.id)
    await escalateAlerts(store.ctx)
    expect(await sentTo(store.db, second.id)).toEqual(['escalated'])
  })

  it('tells that it is over to those who were told, and to nobody else', async () => {
    const never = await recordChannel(store.db)
    const { target, channel } = await stage([{ afterMinutes: 60, channelIds: [never.id] }])
    await evaluateAlerts(store.ctx, target.id)
    await recordFinding(store.db, target.id, { status: 'healthy', at: minutesAgo(1) })
    await evaluateAlerts(store.ctx, target.id)
    await evaluateAlerts(store.ctx, target.id)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired', 'resolved'])
    expect(await toldTo(store.db, never.id)).toEqual([])
  })

  it('says nothing of the end where the route does not want it, but never leaves a paging service open', async () => {
    const pager = await recordChannel(store.db, 'pagerduty')
    const { target, channel } = await stage([{ channelIds: [pager.id] }], { tellsResolved: false })
    await evaluateAlerts(store.ctx, target.id)
    await escalateAlerts(store.ctx)
    await recordFinding(store.db, target.id, { status: 'healthy', at: minutesAgo(1) })
    await evaluateAlerts(store.ctx, target.id)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired'])
    const paged = await toldTo(store.db, pager.id)
    expect(paged.map(({ message }) => message.status)).toEqual(['firing', 'resolved'])
    expect(new Set(paged.map(({ message }) => message.problemKey)).size).toBe(1)
  })

  it('makes one message of many problems that one evaluation finds, and keeps on record that each was told', async () => {
    const pager = await recordChannel(store.db, 'pagerduty')
    const { target, channel } = await stage([{ channelIds: [pager.id] }])
    const checks = Array.from({ length: 12 }, (_, index) => `rows.count:t${index}`)
    for (const check of checks) await recordFinding(store.db, target.id, { check, at: minutesAgo(8) })
    await evaluateAlerts(store.ctx, target.id)
    await escalateAlerts(store.ctx)
    const told = await toldTo(store.db, channel.id)
    expect(told).toHaveLength(13)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired'])
    expect(told.find(({ status }) => status === 'queued')!.message.title).toContain('13 problems')
    // The service hears that it is over when all of it is, not when the first is.
    for (const check of checks) {
      await recordFinding(store.db, target.id, { check, status: 'healthy', at: minutesAgo(2) })
    }
    await evaluateAlerts(store.ctx, target.id)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired', 'resolved'])
    expect(await sentTo(store.db, pager.id)).toEqual(['escalated'])
    await recordFinding(store.db, target.id, { status: 'healthy', at: minutesAgo(1) })
    await evaluateAlerts(store.ctx, target.id)
    expect(await sentTo(store.db, pager.id)).toEqual(['escalated', 'resolved'])
  })

  it('is held in a maintenance window, and told once when that ends if it is still there', async () => {
    const { target, channel } = await stage()
    const other = await stage()
    for (const { id } of [target, other.target]) {
      unwrap(
        await addWindow(store.ctx, {
          targetId: id,
          title: 'New disks',
          startsAt: minutesAgo(20),
          endsAt: minutesFromNow(20),
          timeZone: 'Europe/Berlin',
        }),
      )
    }
    for (const { id } of [target, other.target]) await evaluateAlerts(store.ctx, id)
    await escalateAlerts(store.ctx)
    expect((await alertOf(target.id)).status).toBe('firing')
    expect(
      (await toldTo(store.db, channel.id)).map(({ status, heldBecause }) => [status, heldBecause]),
    ).toEqual([['held', 'Maintenance: New disks']])
    await recordFinding(store.db, other.target.id, { status: 'healthy', at: minutesAgo(1) })
    await evaluateAlerts(store.ctx, other.target.id)
    await store.db
      .update(maintenanceWindows)
      .set({ endsAt: minutesAgo(1) })
      .where(eq(maintenanceWindows.title, 'New disks'))
    await Promise.all([escalateAlerts(store.ctx), escalateAlerts(store.ctx)])
    await escalateAlerts(store.ctx)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired'])
    // It came and went within the window: nobody hears of it, not even that it is over.
    expect(await sentTo(store.db, other.channel.id)).toEqual([])
  })

  it('is told within the next round when its window is cancelled', async () => {
    const { target, channel } = await stage()
    const window = unwrap(
      await addWindow(store.ctx, {
        targetId: target.id,
        title: 'Never mind',
        startsAt: minutesAgo(1),
        endsAt: minutesFromNow(20),
        timeZone: 'UTC',
      }),
    )
    await evaluateAlerts(store.ctx, target.id)
    expect(await sentTo(store.db, channel.id)).toEqual([])
    unwrap(await cancelWindow(store.ctx, { windowId: window.id }))
    await escalateAlerts(store.ctx)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired'])
  })

  it('is silent while a silence covers it, raised and counted all the same, and told when that is ended', async () => {
    const { target, channel } = await stage()
    const silence = unwrap(
      await addSilence(store.ctx, {
        targetId: target.id,
        pattern: 'health:membership.*',
        reason: 'Known since Monday',
        until: minutesFromNow(60),
      }),
    )
    await evaluateAlerts(store.ctx, target.id)
    expect(await alertOf(target.id)).toMatchObject({ status: 'silenced', occurrences: 1 })
    expect(await toldTo(store.db, channel.id)).toEqual([])
    expect(unwrap(await endSilence(store.ctx, { silenceId: silence.silenceId }))).toMatchObject({ woken: 1 })
    await escalateAlerts(store.ctx)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired'])
  })

  it('fires again by itself when its silence is over, also without a new finding', async () => {
    const { target, channel } = await stage()
    await addSilence(store.ctx, {
      targetId: target.id,
      pattern: 'health:*',
      reason: 'Known',
      until: minutesFromNow(60),
    })
    await evaluateAlerts(store.ctx, target.id)
    await store.db.update(silences).set({ startsAt: minutesAgo(3), endsAt: minutesAgo(1) })
    await store.db
      .update(alerts)
      .set({ silencedUntil: minutesAgo(1) })
      .where(eq(alerts.targetId, target.id))
    await escalateAlerts(store.ctx)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired'])
  })

  it('tells nobody where no route matches, until one does', async () => {
    const { target } = await stage([], { match: { minimumSeverity: 'EMERGENCY' } })
    await evaluateAlerts(store.ctx, target.id)
    await escalateAlerts(store.ctx)
    expect(await alertOf(target.id)).toMatchObject({ status: 'firing', routeId: null, nextStepAt: null })
    const channel = await recordChannel(store.db)
    await recordRoute(store.db, target.id, [{ channelIds: [channel.id] }])
    await escalateAlerts(store.ctx)
    await escalateAlerts(store.ctx)
    expect(await sentTo(store.db, channel.id)).toEqual(['fired'])
  })

  it('does not wait for a step that reaches nobody, and says whom it did not reach', async () => {
    const target = await recordTarget(store.db)
    const channel = await recordChannel(store.db)
    const empty = await recordRotation(store.db, [])
    await recordRoute(store.db, target.id, [
      { rotationIds: [empty] },
      { afterMinutes: 30, channelIds: [channel.id] },
    ])
    await recordFinding(store.db, target.id, { at: minutesAgo(1) })
    await evaluateAlerts(store.ctx, target.id)
    await escalateAlerts(store.ctx)
    expect(await sentTo(store.db, channel.id)).toEqual(['escalated'])
    const told = await store.db
      .select()
      .from(alertEvents)
      .where(and(eq(alertEvents.alertId, (await alertOf(target.id)).id), eq(alertEvents.kind, 'told')))
      .orderBy(alertEvents.at)
    expect(told[0]!.note).toContain('nobody is on call')
  })

  it('is raised, counted and cleared by who judges elsewhere, and left alone by the evaluation of targets', async () => {
    const problem = {
      fingerprint: 'holdfast:worker-dead',
      title: 'No worker lives',
      details: 'The last sign of one is 2 minutes old.',
      remedy: 'holdfast doctor',
      severity: 'CRITICAL' as const,
    }
    const target = await recordTarget(store.db)
    await Promise.all(Array.from({ length: 6 }, () => raiseAlert(store.ctx, problem)))
    await raiseAlert(store.ctx, { ...problem, targetId: target.id })
    await recordFinding(store.db, target.id, { status: 'healthy' })
    await evaluateAlerts(store.ctx, target.id)
    const own = () => store.db.select().from(alerts).where(isNull(alerts.targetId))
    expect(await own()).toHaveLength(1)
    expect((await own())[0]).toMatchObject({ status: 'firing', occurrences: 6 })
    expect((await alertOf(target.id)).status).toBe('firing')
    await clearAlert(store.ctx, { fingerprint: problem.fingerprint })
    expect((await own())[0]).toMatchObject({ status: 'resolved' })
    await expect(raiseAlert(store.ctx, { ...problem, fingerprint: 'worker-dead' })).rejects.toThrow(
      'holdfast:',
    )
  })

  it('can be acknowledged for the reader of a message, once, and not through a removed channel', async () => {
    const { target, channel } = await stage()
    await evaluateAlerts(store.ctx, target.id)
    const reader = { alertId: (await alertOf(target.id)).id, channelId: channel.id, userId: null }
    const acknowledge = () => store.db.transaction((tx) => acknowledgeForReader(tx, reader))
    await store.db.update(channels).set({ removedAt: sql`now()` }).where(eq(channels.id, channel.id))
    expect(await acknowledge()).toMatchObject({ ok: false, refusal: { code: 'channel-removed' } })
    await store.db.update(channels).set({ removedAt: null }).where(eq(channels.id, channel.id))
    const both = await Promise.all([acknowledge(), acknowledge()])
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await alertOf(target.id)).toMatchObject({
      status: 'acknowledged',
      acknowledgedBy: `channel:${channel.name}`,
      nextStepAt: null,
    })
  })
})

describe('without any route', () => {
  it('tells every channel but heartbeats, once', async () => {
    const store = await createTestStore()
    const target = await recordTarget(store.db)
    const [chat, heartbeat] = [await recordChannel(store.db), await recordChannel(store.db, 'heartbeat')]
    await recordFinding(store.db, target.id, { at: minutesAgo(1) })
    await evaluateAlerts(store.ctx, target.id)
    await escalateAlerts(store.ctx)
    expect(await sentTo(store.db, chat.id)).toEqual(['fired'])
    expect(await toldTo(store.db, heartbeat.id)).toEqual([])
  })
})
