import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { healthDays, healthTurns } from '#drizzle/schema/health.ts'
import { maintenanceWindows } from '#drizzle/schema/on-call.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { changeStatusPage } from '#lib/status/change-status-page.ts'
import { dayState, overallState, serviceState } from '#lib/status/judge-service.ts'
import { readPublicStatus } from '#lib/status/read-public-status.ts'
import { setStatusNotice } from '#lib/status/set-status-notice.ts'
import { getStatusPage } from '#lib/status/status-page.ts'
import { recordFinding, recordTarget } from '#lib/testing/alert-records.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { openWebDoor } from '#lib/testing/web-door.ts'

let store: TestStore
let target: { id: string; name: string }
const dayMs = 86_400_000

beforeAll(async () => {
  store = await createTestStore()
})
beforeEach(async () => {
  await store.db.execute(sql`delete from status_pages`)
  target = await recordTarget(store.db)
})

const change = (input: unknown, ctx = store.ctx) => changeStatusPage(ctx, input)
const say = async () => readPublicStatus(store.db, await getStatusPage(store.db), new Date())
const serve = () => change({ isPublished: true, services: [{ targetId: target.id, name: 'Booking' }] })

describe('the public page', () => {
  test('is not there until somebody publishes it, and says nothing without a service', async () => {
    expect((await getStatusPage(store.db)).isPublished).toBe(false)
    expect(await change({ isPublished: true })).toMatchObject({ refusal: { code: 'status-page-empty' } })
    expect((await getStatusPage(store.db)).isPublished).toBe(false)
    expect((await serve()).ok).toBe(true)
    expect((await getStatusPage(store.db)).isPublished).toBe(true)
  })

  test('says of a service that nobody checked that it is unknown, never that it is fine', async () => {
    await serve()
    const said = await say()
    expect(said.services[0]).toMatchObject({ name: 'Booking', state: 'unknown' })
    expect(said.overall).toBe('unknown')
    expect(new Set(said.services[0]!.days.map(({ state }) => state))).toEqual(new Set(['unknown']))
  })

  test('tells how a service stands, and of no target, check, count or text behind it', async () => {
    await serve()
    await recordFinding(store.db, target.id, { status: 'healthy', severity: 'INFO', check: 'rows.drop:a' })
    expect((await say()).services[0]!.state).toBe('operational')
    await recordFinding(store.db, target.id, {
      severity: 'EMERGENCY',
      title: 'Users without membership',
      details: '565 users lost their organisation: relation "memberships" is empty',
    })
    const said = await say()
    expect(said.services[0]!.state).toBe('degraded')
    const text = JSON.stringify(said)
    for (const word of [target.name, target.id, 'membership', '565', 'relation', '15.1']) {
      expect(text).not.toContain(word)
    }
    await store.db.update(targets).set({ status: 'unreachable' })
    expect((await say()).services[0]!.state).toBe('down')
  })

  test('draws ninety days from each day’s evidence', async () => {
    await serve()
    const at = (daysAgo: number) => new Date(Math.floor(Date.now() / dayMs) * dayMs - daysAgo * dayMs)
    const ran = (daysAgo: number, noData = 0) => ({
      targetId: target.id,
      check: 'rows.drop:a',
      at: at(daysAgo),
      runs: 10,
      unhealthy: 0,
      noData,
      measuredRuns: 0,
    })
    const turned = (daysAgo: number, status: 'healthy' | 'unhealthy') => ({
      targetId: target.id,
      check: 'rows.drop:a',
      at: new Date(at(daysAgo).getTime() + 3_600_000),
      area: 'rows',
      title: 'x',
      status,
      severity: status === 'healthy' ? ('INFO' as const) : ('CRITICAL' as const),
      details: 'x',
    })
    await store.db.insert(healthDays).values([ran(5), ran(4), ran(3), ran(2, 9), ran(1)])
    await store.db.insert(healthTurns).values([turned(4, 'unhealthy'), turned(3, 'healthy')])
    await store.db.insert(alerts).values({
      targetId: target.id,
      fingerprint: 'target:unreachable',
      title: 'x',
      details: 'x',
      severity: 'CRITICAL',
      firstSeenAt: new Date(at(1).getTime() + 60_000),
      resolvedAt: new Date(at(1).getTime() + 120_000),
      status: 'resolved',
    })
    const { days } = (await say()).services[0]!
    expect(days).toHaveLength(90)
    expect(days.slice(-6, -1).map(({ state }) => state)).toEqual([
      'operational',
      'degraded',
      'degraded',
      'unknown',
      'down',
    ])
    expect(days.at(-1)!.day).toBe(new Date().toISOString().slice(0, 10))
  })

  test('names public maintenance alone, and says that the service is in it', async () => {
    await serve()
    await recordFinding(store.db, target.id, { status: 'healthy', severity: 'INFO' })
    const times = { startsAt: new Date(Date.now() - 60_000), endsAt: new Date(Date.now() + 3_600_000) }
    const base = { targetId: target.id, ...times, timeZone: 'UTC', createdBy: 'test' }
    await store.db.insert(maintenanceWindows).values([{ ...base, title: 'Secret move of db-7' }])
    expect((await say()).services[0]!.state).toBe('operational')
    await store.db.insert(maintenanceWindows).values([{ ...base, title: 'Upgrade', isPublic: true }])
    const said = await say()
    expect(said.services[0]!.state).toBe('maintenance')
    expect(said.windows.map(({ title, services }) => [title, services])).toEqual([['Upgrade', ['Booking']]])
  })

  test('can be read by the web’s own account', async () => {
    await serve()
    const { db } = await openWebDoor(store)
    expect((await readPublicStatus(db, await getStatusPage(db), new Date())).services).toHaveLength(1)
  })
})

describe('changing the page', () => {
  test('is refused to those who may only look, and to services that are not there or stand twice', async () => {
    const viewer = await createTestPerson(store, 'viewer')
    expect(await change({ isPublished: false }, viewer)).toMatchObject({ refusal: { code: 'forbidden' } })
    expect(await setStatusNotice(viewer, { notice: 'x' })).toMatchObject({ refusal: { code: 'forbidden' } })
    const service = { targetId: target.id, name: 'A' }
    expect(await change({ services: [service, service] })).toMatchObject({
      refusal: { code: 'service-twice' },
    })
    const missing = { targetId: '00000000-0000-4000-8000-000000000000', name: 'B' }
    expect(await change({ services: [missing] })).toMatchObject({ refusal: { code: 'target-not-found' } })
  })

  test('sets and takes away the notice without publishing anything', async () => {
    const commander = await createTestPerson(store, 'commander')
    expect(await setStatusNotice(commander, { notice: 'We are on it.' })).toMatchObject({ ok: true })
    expect(await getStatusPage(store.db)).toMatchObject({ notice: 'We are on it.', isPublished: false })
    expect((await setStatusNotice(commander, { notice: null })).ok).toBe(true)
    expect((await getStatusPage(store.db)).notice).toBeNull()
  })
})

test('what is not known is never the better word', () => {
  const fresh = {
    standing: 'healthy',
    checks: { healthy: 3, unhealthy: 0, noData: 0 },
    isFresh: true,
  } as const
  const of = (reach: string, change: object) =>
    serviceState(reach, { ...fresh, ...change }, { inMaintenance: false })
  expect(of('reachable', {})).toBe('operational')
  expect(of('reachable', { isFresh: false })).toBe('unknown')
  expect(of('reachable', { checks: { healthy: 1, unhealthy: 0, noData: 2 } })).toBe('unknown')
  expect(of('needs-credentials', {})).toBe('unknown')
  expect(overallState(['operational', 'unknown'])).toBe('unknown')
  expect(overallState([])).toBe('unknown')
  expect(dayState(undefined)).toBe('unknown')
})
