import { randomBytes } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { accessTokens } from '#drizzle/schema/auth.ts'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { jobRuns, workerHeartbeats } from '#drizzle/schema/jobs.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { openDb } from '#lib/db/client.ts'
import { bearerOf, findAccessToken } from '#lib/status/access-token.ts'
import { createAccessToken } from '#lib/status/create-access-token.ts'
import { findLiveness } from '#lib/status/find-liveness.ts'
import { judgeState, judgeTarget } from '#lib/status/judge-state.ts'
import { keepFresh } from '#lib/status/keep-fresh.ts'
import { readState, type State, type TargetState } from '#lib/status/read-state.ts'
import { revokeAccessToken } from '#lib/status/revoke-access-token.ts'
import { writeMetrics } from '#lib/status/write-metrics.ts'
import { recordFinding, recordTarget } from '#lib/testing/alert-records.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { readOpenMetrics } from '#lib/testing/open-metrics.ts'
import { startTcpProxy } from '#lib/testing/tcp-proxy.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { openWebDoor } from '#lib/testing/web-door.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})

const find = (state: State, id: string): TargetState => state.targets.find((target) => target.id === id)!
const standingOf = async (id: string) => {
  const state = await readState(store.db)
  return judgeTarget(find(state, id), state).standing
}

describe('how a database stands', () => {
  test('is never well without data: no check, an old one, or one that could not look is unknown', async () => {
    const [none, old, blind] = [
      await recordTarget(store.db),
      await recordTarget(store.db),
      await recordTarget(store.db),
    ]
    await recordFinding(store.db, old.id, {
      status: 'healthy',
      severity: 'INFO',
      at: new Date(Date.now() - 3_600_000),
    })
    await recordFinding(store.db, blind.id, { status: 'healthy', severity: 'INFO' })
    await recordFinding(store.db, blind.id, { check: 'server.locks', status: 'no-data', severity: 'WARNING' })
    for (const { id } of [none, old, blind]) expect(await standingOf(id)).toBe('unknown')
    expect(judgeState({ ...(await readState(store.db)), targets: [] }).standing).toBe('unknown')
  })

  test('is healthy with fresh checks that found nothing, and critical with one that found something grave', async () => {
    const { id } = await recordTarget(store.db)
    await recordFinding(store.db, id, { check: 'rows.drop:a', status: 'healthy', severity: 'INFO' })
    expect(await standingOf(id)).toBe('healthy')
    await recordFinding(store.db, id, { check: 'rows.drop:b', severity: 'WARNING' })
    expect(await standingOf(id)).toBe('warning')
    await recordFinding(store.db, id, { check: 'rows.drop:c', severity: 'EMERGENCY' })
    expect(await standingOf(id)).toBe('critical')
  })
})

describe('the metrics', () => {
  const name = `odd "name"\\\n${randomBytes(3).toString('hex')}`

  beforeAll(async () => {
    const { id } = await recordTarget(store.db)
    await store.db.update(targets).set({ name }).where(eq(targets.id, id))
    const hourAgo = new Date(Date.now() - 3_600_000)
    const [backup] = await store.db
      .insert(backups)
      .values({
        targetId: id,
        kind: 'archive',
        purpose: 'manual',
        status: 'good',
        requestedBy: 'test',
        takenAt: hourAgo,
      })
      .returning()
    await store.db.insert(drills).values({
      targetId: id,
      backupId: backup!.id,
      status: 'finished',
      verdict: 'passed',
      requestedBy: 'test',
      finishedAt: hourAgo,
      recoveryMs: 90_000,
    })
    await recordFinding(store.db, id, { severity: 'CRITICAL' })
    await store.db
      .insert(jobRuns)
      .values({ kind: 'health.run', targetId: id, payload: {}, requestedBy: 'test', createdAt: hourAgo })
    await store.db.insert(workerHeartbeats).values({ workerId: 'one', running: 1 })
  })

  test('keep the rules of OpenMetrics, whatever a database is called', async () => {
    const { text, contentType } = await writeMetrics(await readState(store.db), 0.01, 'openmetrics')
    expect(contentType).toContain('application/openmetrics-text')
    const samples = readOpenMetrics(text)
    const measured = (family: string, labels: Record<string, string>) =>
      samples.find(
        (sample) =>
          sample.name === family &&
          Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      )?.value
    expect(measured('holdfast_exposure_seconds', { target: name })).toBeGreaterThan(3_590)
    expect(measured('holdfast_backup_age_seconds', { target: name, kind: 'archive' })).toBeGreaterThan(3_590)
    expect(measured('holdfast_drill_age_seconds', { target: name })).toBeGreaterThan(3_590)
    expect(measured('holdfast_recovery_seconds', { target: name })).toBe(90)
    expect(measured('holdfast_target_standing', { target: name, standing: 'critical' })).toBe(1)
    expect(measured('holdfast_jobs', { kind: 'health.run', status: 'queued' })).toBe(1)
    expect(measured('holdfast_job_oldest_age_seconds', {})).toBeGreaterThan(3_590)
    expect(measured('holdfast_worker_heartbeat_age_seconds', {})).toBeLessThan(60)
  })

  test('leave out what is not known rather than say 0', async () => {
    const { name: bare } = await recordTarget(store.db)
    const state = await readState(store.db)
    const { text } = await writeMetrics({ ...state, workers: [] }, 0.01, 'openmetrics')
    const samples = readOpenMetrics(text).filter(({ labels }) => labels.target === bare)
    expect(samples.map(({ name: family }) => family)).not.toContain('holdfast_exposure_seconds')
    expect(samples.map(({ name: family }) => family)).not.toContain('holdfast_check_age_seconds')
    expect(text).not.toMatch(/^holdfast_worker_heartbeat_age_seconds /m)
  })

  test('are read once for all who ask within a few seconds, and again after a failure', async () => {
    let reads = 0
    const read = keepFresh(60_000, async () => {
      if (++reads === 1) throw new Error('once')
      return readState(store.db)
    })
    await expect(read()).rejects.toThrow('once')
    await Promise.all(Array.from({ length: 50 }, () => read()))
    expect(reads).toBe(2)
  })

  test('can be read by the web’s own account', async () => {
    const { db } = await openWebDoor(store)
    expect((await readState(db)).targets.length).toBeGreaterThan(0)
  })
})

describe('an access token', () => {
  const create = (input: unknown, ctx = store.ctx) => createAccessToken(ctx, input)

  test('opens its scope and no other, and its text is kept nowhere', async () => {
    const made = await create({ scope: 'metrics', name: 'prometheus' })
    if (!made.ok) throw new Error(made.refusal.reason)
    const { token, id } = made.value
    expect(await findAccessToken(store.db, token, 'metrics')).toMatchObject({ id })
    expect(await findAccessToken(store.db, token, 'calendar')).toBeNull()
    expect(await findAccessToken(store.db, `${token.slice(0, -1)}_`, 'metrics')).toBeNull()
    const kept = JSON.stringify(await store.db.execute(sql`select t::text from access_tokens t`))
    expect(kept).not.toContain(token.slice(-20))
    const audit = JSON.stringify(await store.db.execute(sql`select detail from audit_entries`))
    expect(audit).not.toContain(token.slice(-20))
    const [row] = await store.db.select().from(accessTokens).where(eq(accessTokens.id, id))
    expect(row!.lastUsedAt).not.toBeNull()
  })

  test('opens nothing any more once it is revoked, and revoking it again is refused', async () => {
    const made = await create({ scope: 'calendar', name: 'phone' })
    if (!made.ok) throw new Error(made.refusal.reason)
    const { token, id } = made.value
    expect((await revokeAccessToken(store.ctx, { tokenId: id })).ok).toBe(true)
    expect(await findAccessToken(store.db, token, 'calendar')).toBeNull()
    expect(await revokeAccessToken(store.ctx, { tokenId: id })).toMatchObject({
      refusal: { code: 'token-not-found' },
    })
  })

  test('is made and revoked by nobody who may only look', async () => {
    const viewer = await createTestPerson(store, 'viewer')
    expect(await create({ scope: 'metrics', name: 'x' }, viewer)).toMatchObject({
      refusal: { code: 'forbidden' },
    })
    const tokenId = '00000000-0000-4000-8000-000000000000'
    expect(await revokeAccessToken(viewer, { tokenId })).toMatchObject({ refusal: { code: 'forbidden' } })
  })

  test('of a person’s calendar needs a person who is there', async () => {
    expect(await create({ scope: 'calendar', name: 'x', email: 'nobody@example.com' })).toMatchObject({
      refusal: { code: 'user-not-found' },
    })
    expect(await create({ scope: 'metrics', name: 'x', email: 'nobody@example.com' })).toMatchObject({
      refusal: { code: 'token-not-personal' },
    })
  })

  test.each([
    ['Bearer abc_-9', 'abc_-9'],
    ['bearer  abc ', 'abc'],
    ['Basic abc', null],
    ['Bearer a b', null],
    [null, null],
  ])('is taken from the header %j', (header, token) => expect(bearerOf(header)).toBe(token))
})

describe('liveness', () => {
  test('says in time that the control database hangs, and whether a worker lives when it does not', async () => {
    const { hostname, port } = new URL(store.url)
    const proxy = await startTcpProxy(hostname, Number(port))
    cleanUp(() => proxy.close())
    const url = proxy.urlThrough(store.url)
    const db = openDb(url, { applicationName: 'holdfast:test', maxConnections: 2 })
    cleanUp(() => db.$client.end({ timeout: 0 }))
    await store.db.insert(workerHeartbeats).values({ workerId: 'two' }).onConflictDoNothing()
    expect(await findLiveness(db, 5_000)).toEqual({ status: 'ok', worker: 'alive' })
    proxy.stall()
    const begun = performance.now()
    expect(await findLiveness(db, 300)).toEqual({ status: 'unavailable', worker: 'unknown' })
    expect(performance.now() - begun).toBeLessThan(3_000)
  })
})
