import { and, eq, sql } from 'drizzle-orm'
import { Webhook } from 'standardwebhooks'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { channels, deliveries, deliveryAttempts } from '#drizzle/schema/channels.ts'
import { findChannelByName, listDeliveries, listDeliveryAttempts } from '#lib/channels/queries.ts'
import { type ChannelStage, setChannelStage } from '#lib/testing/channel-stage.ts'
import { type Receiver, startReceiver } from '#lib/testing/receiver.ts'
import { startTcpProxy } from '#lib/testing/tcp-proxy.ts'
import { createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { claimDeliveries } from './claim-deliveries.ts'
import { mostAttempts } from './retry.ts'
import { sendDelivery } from './send-delivery.ts'

let store: TestStore
let stage: ChannelStage
let receiver: Receiver
let other: Receiver
let chat: string
let spare: string

beforeAll(async () => {
  store = await createTestStore()
  stage = setChannelStage(store)
  receiver = await startReceiver()
  other = await startReceiver()
  spare = await stage.add('spare', { kind: 'slack', url: `${other.url}/spare` })
  chat = await stage.add('chat', { kind: 'slack', url: `${receiver.url}/services/T0/B0` }, 'spare')
})
beforeEach(async () => {
  await store.db.delete(deliveries)
  await store.db.update(channels).set({ status: 'untried', error: null })
  for (const one of [receiver, other]) {
    one.calls.length = 0
    one.answer(200)
  }
})

const stateOf = async (name: string) => (await findChannelByName(store.db, name))!

describe('a message that is filed', () => {
  it('is sent once by many senders at once, and the channel is known to work', async () => {
    const id = await stage.file(chat)
    const senders = Array.from({ length: 8 }, (_, n) => claimDeliveries(store.db, `sender-${n}`))
    const claims = (await Promise.all(senders)).flat()
    expect(claims).toHaveLength(1)
    await sendDelivery(store.ctx, claims[0]!)
    expect(receiver.calls).toHaveLength(1)
    expect(await stage.look(id)).toMatchObject({
      status: 'sent',
      attempts: 1,
      responseStatus: 200,
      error: null,
    })
    expect(await stateOf('chat')).toMatchObject({ status: 'working', error: null })
  })

  it('of a sender that was killed is taken by another when the lease ends, and not before', async () => {
    const id = await stage.file(chat)
    const [dead] = await claimDeliveries(store.db, 'killed')
    expect(await claimDeliveries(store.db, 'other')).toEqual([])
    const [lease] = await store.db
      .select({ left: sql<number>`extract(epoch from lease_until - now())::integer` })
      .from(deliveries)
    expect(lease!.left).toBeLessThanOrEqual(45)
    await store.db.update(deliveries).set({ leaseUntil: sql`now() - interval '1 second'` })
    const [taken] = await claimDeliveries(store.db, 'other')
    expect(taken!.delivery.id).toBe(id)
    await sendDelivery(store.ctx, taken!)
    // The killed one was only stopped, and comes to its end late: it changes nothing any more.
    receiver.answer(500)
    await sendDelivery(store.ctx, dead!)
    expect(await stage.look(id)).toMatchObject({ status: 'sent', attempts: 2 })
  })

  it('is signed so that a receiver can tell it from others’, with the same id for each try', async () => {
    const signingKey = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    const hook = await stage.add('hook', { kind: 'webhook', url: `${receiver.url}/hook`, signingKey })
    receiver.answer((response) => response.writeHead(receiver.calls.length === 1 ? 503 : 204).end())
    await stage.send(await stage.file(hook, {}, { dedupKey: 'alert:1:fired:0' }))
    const [first, second] = receiver.calls
    expect(first!.headers['webhook-id']).toBe('alert:1:fired:0')
    expect(second!.headers['webhook-id']).toBe('alert:1:fired:0')
    const headers = second!.headers as Record<string, string>
    expect(new Webhook(signingKey).verify(second!.body, headers)).toMatchObject({
      type: 'holdfast.fired',
      data: { severity: 'CRITICAL', target: 'salon', status: 'firing' },
    })
    const forged = second!.body.replace('CRITICAL', 'INFO')
    expect(() => new Webhook(signingKey).verify(forged, headers)).toThrow()
  })

  it('opens, acknowledges and ends one problem at a paging service, with one key', async () => {
    const url = `${receiver.url}/v2/enqueue`
    const pager = await stage.add('pager', { kind: 'pagerduty', routingKey: 'R0UTINGKEY', url })
    const problemKey = 'holdfast:salon:health:members'
    const ids = []
    for (const status of ['firing', 'acknowledged', 'info', 'resolved'] as const) {
      ids.push(await stage.file(pager, { problemKey, status }))
    }
    for (const id of ids) await stage.send(id)
    const events = receiver.calls.map(({ body }) => JSON.parse(body) as Record<string, unknown>)
    expect(events.map((event) => event.event_action)).toEqual(['trigger', 'acknowledge', 'resolve'])
    expect(new Set(events.map((event) => event.dedup_key))).toEqual(new Set([problemKey]))
    expect(events[0]).toMatchObject({
      routing_key: 'R0UTINGKEY',
      payload: { severity: 'error', source: 'salon' },
    })
    expect(await stage.look(ids[2]!)).toMatchObject({
      status: 'held',
      heldBecause: expect.stringContaining('news'),
    })
  })
})

describe('a receiver that fails', () => {
  it('with 500 is tried again with growing pauses, is seen as failing, and then its fallback tells it', async () => {
    receiver.answer(500)
    const id = await stage.file(chat)
    await stage.round()
    const waiting = await stage.look(id)
    expect(waiting).toMatchObject({ status: 'queued', attempts: 1, error: { code: 'not-taken' } })
    expect(waiting.nextAttemptAt.getTime()).toBeGreaterThan(Date.now() + 3_000)
    expect(await stateOf('chat')).toMatchObject({ status: 'failing', error: { code: 'not-taken' } })
    expect(await stage.send(id)).toMatchObject({ status: 'failed', attempts: mostAttempts })
    expect(receiver.calls).toHaveLength(mostAttempts)
    await stage.round()
    expect(other.calls).toHaveLength(1)
    const [instead] = await listDeliveries(store.db, { channel: 'spare' })
    expect(instead).toMatchObject({ status: 'sent', fallbackOf: id })
    const tries = await listDeliveryAttempts(store.db, id)
    expect(tries.map(({ responseStatus }) => responseStatus)).toEqual([500, 500, 500, 500, 500])
  })

  it('is told of the end as well where its fallback told of the beginning', async () => {
    const [alert] = await store.db
      .insert(alerts)
      .values({ fingerprint: 'x', title: 'x', details: 'x', severity: 'CRITICAL' })
      .returning()
    receiver.answer(404)
    const problem = { problemKey: 'one' }
    await stage.send(await stage.file(chat, problem, { alertId: alert!.id }))
    await stage.round()
    receiver.answer(200)
    await stage.send(
      await stage.file(
        chat,
        { ...problem, title: 'Over: it', status: 'resolved' },
        { alertId: alert!.id, kind: 'resolved' },
      ),
    )
    await stage.round()
    expect(other.calls.map(({ body }) => body.includes('Over: '))).toEqual([false, true])
  })

  it('has no fallback told twice that a route names as well', async () => {
    const [alert] = await store.db
      .insert(alerts)
      .values({ fingerprint: 'both', title: 'x', details: 'x', severity: 'CRITICAL' })
      .returning()
    receiver.answer(404)
    const more = { alertId: alert!.id }
    await stage.file(spare, { problemKey: 'both' }, more)
    await stage.send(await stage.file(chat, { problemKey: 'both' }, more))
    await stage.round()
    expect(other.calls).toHaveLength(1)
  })

  it('with a 4xx that cannot heal is not tried again', async () => {
    receiver.answer(410)
    expect(await stage.send(await stage.file(chat))).toMatchObject({
      status: 'failed',
      attempts: 1,
      responseStatus: 410,
    })
  })

  it('that asks for a pause gets it, and one that asks for an hour is not waited for', async () => {
    receiver.answer(429, { 'retry-after': '90' })
    const id = await stage.file(chat)
    await stage.round()
    expect((await stage.look(id)).nextAttemptAt.getTime()).toBeGreaterThan(Date.now() + 85_000)
    receiver.answer(429, { 'retry-after': '3600' })
    expect(await stage.send(id)).toMatchObject({ status: 'failed', attempts: 2 })
  })

  it('with a redirect gets nothing more: none is followed', async () => {
    receiver.answer(302, { location: `${other.url}/internal` })
    expect(await stage.send(await stage.file(chat))).toMatchObject({
      status: 'failed',
      error: { code: 'redirected' },
    })
    expect(other.calls.some(({ path }) => path === '/internal')).toBe(false)
  })

  it('that accepts and never answers costs its time and no more, also when it stalls in the middle', async () => {
    receiver.answer((response) => void response.writeHead(200, { 'content-length': '99' }).flushHeaders())
    const began = Date.now()
    const half = await stage.file(chat)
    await stage.round()
    expect(await stage.look(half)).toMatchObject({ status: 'sent' })
    const proxy = await startTcpProxy('127.0.0.1', receiver.port)
    const slow = await stage.add('slow', { kind: 'slack', url: proxy.urlThrough(`${receiver.url}/x`) })
    proxy.stall()
    const id = await stage.file(slow)
    const meanwhile = await stage.file(spare)
    await stage.round()
    expect(await stage.look(id)).toMatchObject({ status: 'queued', error: { code: 'timed-out' } })
    expect(await stage.look(meanwhile)).toMatchObject({ status: 'sent' })
    expect(Date.now() - began).toBeLessThan(12_000)
    await proxy.close()
  })

  it('and sends back without end fills no memory', async () => {
    receiver.answer((response) => {
      response.writeHead(500)
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    const id = await stage.file(chat)
    await stage.round()
    const { error } = await stage.look(id)
    expect(error!.message.length).toBeLessThan(600)
  })

  it('and is down is refused a connection, which is tried again', async () => {
    const gone = await stage.add('gone', { kind: 'slack', url: 'http://127.0.0.1:9/x' })
    const id = await stage.file(gone)
    await stage.round()
    expect(await stage.look(id)).toMatchObject({ status: 'queued', error: { code: 'refused-connection' } })
  })

  it('says nothing that could pass for other lines of a log or steer a terminal', async () => {
    receiver.answer((response) => response.writeHead(400).end('no\r\n{"level":50}\u001b[2J\u202e'))
    const { error } = await stage.send(await stage.file(chat))
    expect(error!.message).toBe('127.0.0.1 answered 400: no {"level":50} [2J.')
  })
})

describe('many messages', () => {
  it('about one problem arrive in the order in which they were filed, also over a failure', async () => {
    receiver.answer((response) => response.writeHead(receiver.calls.length === 1 ? 503 : 200).end())
    const fired = await stage.file(chat, { problemKey: 'p', title: 'first' })
    const resolved = await stage.file(chat, { problemKey: 'p', status: 'resolved', title: 'second' })
    await stage.round()
    await stage.round()
    expect(await stage.look(resolved)).toMatchObject({ status: 'queued', attempts: 0 })
    await stage.send(resolved)
    expect(await stage.look(fired)).toMatchObject({ status: 'sent' })
    expect(receiver.calls.map(({ body }) => /first|second/.exec(body)![0])).toEqual([
      'first',
      'first',
      'second',
    ])
  })

  it('beyond what a channel takes in a minute become one digest that lists them; the same key is filed once', async () => {
    const filed = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        stage.file(chat, { title: `problem ${n}`, severity: n === 59 ? 'EMERGENCY' : 'WARNING' }),
      ),
    )
    const twice = { dedupKey: 'once' }
    await stage.file(chat, {}, twice)
    expect(await stage.file(chat, {}, twice)).toBeNull()
    for (let rounds = 0; rounds < 12; rounds++) await stage.round()
    const digest = (await listDeliveries(store.db, { kinds: ['digest'] }))[0]!
    expect(digest).toMatchObject({ status: 'sent', message: { severity: 'EMERGENCY' } })
    expect(receiver.calls).toHaveLength(21)
    const listed = digest.message.items!.length
    expect(listed).toBe(41)
    const all = await Promise.all(filed.map(stage.look))
    expect(
      all.filter(({ status }) => status === 'held').length +
        all.filter(({ status }) => status === 'sent').length,
    ).toBe(60)
    // More of them wait for the next digest, which goes at the earliest a minute after.
    await Promise.all(Array.from({ length: 5 }, () => stage.file(chat)))
    for (let rounds = 0; rounds < 4; rounds++) await stage.round()
    expect(receiver.calls).toHaveLength(21)
    await store.db.update(deliveryAttempts).set({ startedAt: sql`now() - interval '2 minutes'` })
    await stage.round()
    expect(receiver.calls).toHaveLength(22)
    expect(receiver.calls.at(-1)!.body).toContain('5 messages came faster')
  })

  it('for a channel that is slow hold up no other channel', async () => {
    receiver.answer(() => {})
    await Promise.all(Array.from({ length: 15 }, () => stage.file(chat)))
    const id = await stage.file(spare)
    await stage.sender.tick()
    await stage.sender.tick()
    await store.db.execute(sql`select 1`)
    for (let wait = 0; wait < 50 && (await stage.look(id)).status !== 'sent'; wait++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(await stage.look(id)).toMatchObject({ status: 'sent' })
    expect(receiver.calls.length).toBeLessThanOrEqual(4)
    await stage.sender.settle()
  })
})

describe('a message about a channel that fails', () => {
  it('is told by others and never by that channel', async () => {
    const [alert] = await store.db
      .insert(alerts)
      .values({ fingerprint: 'holdfast:channel-failing:chat', title: 'x', details: 'x', severity: 'WARNING' })
      .returning()
    const id = await stage.file(chat, {}, { alertId: alert!.id })
    await stage.round()
    await stage.round()
    expect(receiver.calls).toHaveLength(0)
    expect(other.calls).toHaveLength(1)
    expect(await stage.look(id)).toMatchObject({ status: 'held' })
    await store.db.delete(deliveries).where(and(eq(deliveries.alertId, alert!.id)))
  })
})
