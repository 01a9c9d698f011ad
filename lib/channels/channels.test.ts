import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { and, desc, eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { users } from '#drizzle/schema/auth.ts'
import {
  acknowledgeLinks,
  channelSecrets,
  channels,
  deliveries,
  deliveryAttempts,
} from '#drizzle/schema/channels.ts'
import { alertRoutes } from '#drizzle/schema/on-call.ts'
import { acknowledgeByLink } from '#lib/alerts/acknowledge-by-link.ts'
import { getChainState } from '#lib/audit/queries.ts'
import type { Ctx } from '#lib/context.ts'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { sealFor, sealingPublicKey } from '#lib/sealed-box.ts'
import { type ChannelStage, setChannelStage } from '#lib/testing/channel-stage.ts'
import { type MailServer, startMailServer } from '#lib/testing/mail-server.ts'
import { type Receiver, startReceiver } from '#lib/testing/receiver.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'
import { openWebDoor, type WebDoor } from '#lib/testing/web-door.ts'
import { findAcknowledgeLink } from './acknowledge-link.ts'
import { addChannel } from './add-channel.ts'
import { beatOutside } from './beat-outside.ts'
import { changeChannel } from './change-channel.ts'
import { openChannelSecret } from './channel-secret.ts'
import { fileAuditCheckpoints } from './file-audit-checkpoints.ts'
import { forgetDeliveries } from './forget-deliveries.ts'
import { rememberPublicUrl } from './outgoing.ts'
import { findChannelByName, listChannels, listDeliveries } from './queries.ts'
import { removeChannel } from './remove-channel.ts'
import { requestChannelTest } from './request-channel-test.ts'
import { resendDelivery } from './resend-delivery.ts'
import { setFallback } from './set-fallback.ts'

const canary = 'canary-3f9c1e7a'

let store: TestStore
let stage: ChannelStage
let receiver: Receiver
let mailServer: MailServer
let door: WebDoor
let admin: Ctx

beforeAll(async () => {
  store = await createTestStore()
  stage = setChannelStage(store, { connectMs: 10_000, totalMs: 20_000 })
  receiver = await startReceiver()
  mailServer = await startMailServer({ password: canary })
  door = await openWebDoor(store)
  admin = door.through(await createTestPerson(store, 'admin'))
  await rememberPublicUrl(store.db, 'https://console.example')
}, 60_000)

const mailPlace = (change: object = {}) => ({
  kind: 'email',
  host: 'localhost',
  port: mailServer.port,
  username: 'holdfast',
  password: canary,
  from: 'holdfast@example.com',
  to: ['ops@example.com', 'second@example.com'],
  certificate: mailServer.certificate,
  ...change,
})

const codeOf = (outcome: { ok: boolean; refusal?: { code: string } }) => outcome.refusal?.code ?? 'done'

describe('a channel', () => {
  it('is added on the page with its secret sealed: the web hands it over and never reads it back', async () => {
    const url = `https://hooks.example.com/services/${canary}`
    unwrap(await addChannel(admin, { name: 'web-chat', place: { kind: 'slack', url } }))
    expect(await door.attempt('select * from channel_secrets')).toBe('42501')
    const { id } = (await findChannelByName(store.db, 'web-chat'))!
    expect(await openChannelSecret(store.db, store.ctx.keys!, id)).toEqual({
      secret: { url },
      allowPrivate: false,
    })
    const place = { kind: 'slack', url: `${url}-new` }
    unwrap(await changeChannel(admin, { name: 'web-chat', place }))
    expect((await openChannelSecret(store.db, store.ctx.keys!, id)).secret).toEqual({ url: `${url}-new` })
    expect(await store.db.$count(channelSecrets, eq(channelSecrets.channelId, id))).toBe(2)
    await forgetDeliveries(store.db)
    expect(await store.db.$count(channelSecrets, eq(channelSecrets.channelId, id))).toBe(1)
  })

  it('reaches the own network only where the operator said so at the host', async () => {
    const inside = { kind: 'slack', url: 'http://127.0.0.1:1/' }
    expect(codeOf(await addChannel(admin, { name: 'x', place: inside }))).toBe('address-forbidden')
    expect(codeOf(await addChannel(admin, { name: 'x', place: inside, allowPrivate: true }))).toBe(
      'private-by-operator',
    )
    // A taken-over web process that writes into the store opens nothing, either.
    await store.db
      .update(channels)
      .set({ settings: { host: '127.0.0.1', allowPrivate: true } })
      .where(eq(channels.name, 'web-chat'))
    const { id } = (await findChannelByName(store.db, 'web-chat'))!
    const forged = JSON.stringify({ secret: { url: 'http://127.0.0.1:1/' }, allowPrivate: true })
    const sealed = sealFor(sealingPublicKey(store.ctx.keys!), forged, `channel_secrets|${id}`)
    await door.db.insert(channelSecrets).values({ channelId: id, version: 50, sealed, setBy: 'evil' })
    expect((await openChannelSecret(store.db, store.ctx.keys!, id)).allowPrivate).toBe(false)
    await store.db.delete(channelSecrets).where(eq(channelSecrets.version, 50))
    unwrap(await addChannel(store.ctx, { name: 'inside', place: inside, allowPrivate: true }))
    const other = (await findChannelByName(store.db, 'inside'))!
    expect((await openChannelSecret(store.db, store.ctx.keys!, other.id)).allowPrivate).toBe(true)
  })

  it('opens for no other channel', async () => {
    const [from, to] = [
      (await findChannelByName(store.db, 'inside'))!,
      (await findChannelByName(store.db, 'web-chat'))!,
    ]
    const [row] = await store.db.select().from(channelSecrets).where(eq(channelSecrets.channelId, from.id))
    await store.db.insert(channelSecrets).values({ ...row!, channelId: to.id, version: 99 })
    await expect(openChannelSecret(store.db, store.ctx.keys!, to.id)).rejects.toThrow()
    await store.db.delete(channelSecrets).where(eq(channelSecrets.version, 99))
  })

  it('has a fallback that leads to no circle', async () => {
    for (const name of ['one', 'two', 'three'] as const)
      await stage.add(name, { kind: 'slack', url: `${receiver.url}/${name}` })
    unwrap(await setFallback(store.ctx, { name: 'one', fallback: 'two' }))
    unwrap(await setFallback(store.ctx, { name: 'two', fallback: 'three' }))
    const circle = await setFallback(store.ctx, { name: 'three', fallback: 'one' })
    expect(circle).toMatchObject({
      refusal: { code: 'fallback-circle', reason: expect.stringContaining('three → one → two → three') },
    })
    expect(codeOf(await setFallback(store.ctx, { name: 'one', fallback: 'one' }))).toBe('fallback-circle')
    expect(codeOf(await removeChannel(store.ctx, { name: 'three' }))).toBe('channel-is-fallback')
  })

  it('that routes tell through is not removed; without them it goes, and its secret with it', async () => {
    const { id } = (await findChannelByName(store.db, 'one'))!
    const route = {
      position: 1,
      match: {},
      createdBy: 'test',
      steps: [{ afterMinutes: 0, channelIds: [id], rotationIds: [] }],
    }
    await store.db.insert(alertRoutes).values([
      { name: 'nights', ...route },
      { name: 'days', ...route },
    ])
    expect(await removeChannel(store.ctx, { name: 'one' })).toMatchObject({
      refusal: { code: 'channel-in-use', reason: expect.stringContaining('“days”, “nights”') },
    })
    await store.db.update(alertRoutes).set({ removedAt: new Date() })
    unwrap(await removeChannel(store.ctx, { name: 'one' }))
    await forgetDeliveries(store.db)
    expect((await openChannelSecret(store.db, store.ctx.keys!, id)).secret).toBeNull()
    expect((await listChannels(store.db)).map(({ name }) => name)).not.toContain('one')
  })

  it('is changed, tested and removed by those who may, and by nobody else', async () => {
    const viewer = door.through(await createTestPerson(store, 'viewer'))
    const acts = [
      addChannel(viewer, { name: 'y', place: { kind: 'slack', url: 'https://example.com/x' } }),
      changeChannel(viewer, { name: 'two', place: { kind: 'slack', url: 'https://example.com/x' } }),
      removeChannel(viewer, { name: 'two' }),
      setFallback(viewer, { name: 'two', fallback: null }),
      requestChannelTest(viewer, { name: 'two' }),
      resendDelivery(viewer, { deliveryId: '00000000-0000-4000-8000-000000000000' }),
    ]
    expect((await Promise.all(acts)).map(codeOf)).toEqual(Array(acts.length).fill('forbidden'))
  })

  it('is tested for real, not more than five times a minute; what failed is sent again by hand', async () => {
    await store.db.update(channels).set({ fallbackId: null })
    receiver.answer(404)
    const { deliveryId } = unwrap(await requestChannelTest(admin, { name: 'two' }))
    await stage.send(deliveryId)
    expect(await stage.look(deliveryId)).toMatchObject({ status: 'failed', responseStatus: 404, attempts: 1 })
    expect(await findChannelByName(store.db, 'two')).toMatchObject({ status: 'failing' })
    receiver.answer(200)
    const again = unwrap(await resendDelivery(admin, { deliveryId }))
    await stage.send(again.deliveryId)
    expect(await findChannelByName(store.db, 'two')).toMatchObject({ status: 'working', error: null })
    expect(codeOf(await resendDelivery(admin, again))).toBe('not-failed')
    for (let more = 0; more < 3; more++) unwrap(await requestChannelTest(admin, { name: 'two' }))
    expect(codeOf(await requestChannelTest(admin, { name: 'two' }))).toBe('too-many-tests')
  })
})

describe('mail', () => {
  it('goes over TLS that was verified, to the list, or to the person on call alone', async () => {
    const id = await stage.add('mail', mailPlace())
    const person = await createTestPerson(store, 'commander', 'on-call@example.com')
    const userId = person.actor.kind === 'user' ? person.actor.userId : ''
    expect(await stage.send(await stage.file(id, { title: 'a\r\nBcc: evil@example.com' }))).toMatchObject({
      status: 'sent',
    })
    await stage.send(await stage.file(id, {}, { userId }))
    const [list, one] = mailServer.mails
    expect(list).toMatchObject({
      to: ['ops@example.com', 'second@example.com'],
      user: 'holdfast',
      secure: true,
    })
    expect(one!.to).toEqual(['on-call@example.com'])
    expect(list!.source).not.toMatch(/^Bcc:/im)
    expect(list!.source).toMatch(/^Content-Type: multipart\/alternative/im)
  })

  it('is not sent to a server whose certificate is another’s, nor without TLS, nor is its password', async () => {
    const before = mailServer.mails.length
    const untrusted = await stage.add('untrusted', mailPlace({ certificate: undefined }))
    expect(await stage.send(await stage.file(untrusted))).toMatchObject({
      status: 'failed',
      error: { code: 'certificate-untrusted' },
    })
    const wrongName = await stage.add('wrong-name', mailPlace({ host: '127.0.0.1' }))
    expect(await stage.send(await stage.file(wrongName))).toMatchObject({
      status: 'failed',
      error: { code: 'certificate-untrusted' },
    })
    expect(mailServer.mails).toHaveLength(before)
  })

  it('is tried again where the server says later, and not where it says never', async () => {
    const { id } = (await findChannelByName(store.db, 'mail'))!
    mailServer.refuse(450)
    const later = await stage.file(id)
    await stage.round()
    expect(await stage.look(later)).toMatchObject({ status: 'queued', responseStatus: 450 })
    mailServer.refuse(550)
    expect(await stage.send(later)).toMatchObject({ status: 'failed', attempts: 2 })
    mailServer.refuse(0)
  })
})

describe('the link in a message', () => {
  const fire = async (title: string) => {
    const [alert] = await store.db
      .insert(alerts)
      .values({ fingerprint: title, title, details: 'x', severity: 'CRITICAL', round: 1 })
      .returning()
    return alert!.id
  }
  const linkOf = (body: string): string => /\/acknowledge\/([A-Za-z0-9_-]{43})/.exec(body)![1]!

  it('acknowledges once, for its reader; looking at it changes nothing', async () => {
    const alertId = await fire('by link')
    const { id } = (await findChannelByName(store.db, 'two'))!
    await stage.send(await stage.file(id, { acknowledgeable: true }, { alertId }))
    const token = linkOf(receiver.calls.at(-1)!.body)
    expect(JSON.stringify(await store.db.select().from(acknowledgeLinks))).not.toContain(token)
    for (let looks = 0; looks < 3; looks++) {
      expect(await findAcknowledgeLink(door.db, token)).toMatchObject({
        title: 'by link',
        state: 'usable',
        status: 'firing',
        channel: 'two',
      })
    }
    const both = await Promise.all([acknowledgeByLink(door.db, token), acknowledgeByLink(door.db, token)])
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    const [alert] = await store.db.select().from(alerts).where(eq(alerts.id, alertId))
    expect(alert).toMatchObject({ status: 'acknowledged', acknowledgedBy: 'channel:two' })
    // It comes back: who held the link then has to be told anew.
    await store.db.update(alerts).set({ status: 'firing' }).where(eq(alerts.id, alertId))
    expect(codeOf(await acknowledgeByLink(door.db, token))).toBe('link-unusable')
    const [entry] = await store.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.subject, `alert:${alertId}`))
      .orderBy(desc(auditEntries.seq))
    expect(entry).toMatchObject({ actor: 'channel:two', action: 'alerts.acknowledge', outcome: 'done' })
  })

  it('names the person to whom it was sent, and is nothing once they may not act', async () => {
    const { id } = (await findChannelByName(store.db, 'mail'))!
    const person = await createTestPerson(store, 'commander')
    const userId = person.actor.kind === 'user' ? person.actor.userId : ''
    const send = async (alertId: string) => {
      await stage.send(await stage.file(id, { acknowledgeable: true }, { alertId, userId }))
      return linkOf(mailServer.mails.at(-1)!.source.replace(/=\r?\n/g, ''))
    }
    const alertId = await fire('by mail')
    const [first, second] = [await send(alertId), await send(await fire('later'))]
    expect(unwrap(await acknowledgeByLink(door.db, first)).by).toMatch(/^user:commander-/)
    await store.db.update(users).set({ role: 'viewer' }).where(eq(users.id, userId))
    expect(codeOf(await acknowledgeByLink(door.db, second))).toBe('forbidden')
    await store.db.update(users).set({ role: 'commander' }).where(eq(users.id, userId))
    await store.db.update(acknowledgeLinks).set({ expiresAt: sql`now()` })
    expect(codeOf(await acknowledgeByLink(door.db, second))).toBe('link-unusable')
    expect(codeOf(await acknowledgeByLink(door.db, 'x'.repeat(43)))).toBe('link-unusable')
  })
})

describe('the outgoing heartbeat', () => {
  it('calls once a minute however many workers beat, and shows when it fails', async () => {
    const begun = receiver.calls.length
    await stage.add('dead-man', { kind: 'heartbeat', url: `${receiver.url}/ping/${canary}`, method: 'POST' })
    await Promise.all(Array.from({ length: 5 }, () => beatOutside(store.ctx)))
    expect(receiver.calls.length).toBe(begun + 1)
    receiver.answer(500)
    await store.db.update(channels).set({ beatAt: sql`now() - interval '1 minute'` })
    await beatOutside(store.ctx)
    expect(await findChannelByName(store.db, 'dead-man')).toMatchObject({
      status: 'failing',
      error: { code: 'not-taken' },
    })
    receiver.answer(200)
  })
})

describe('where the audit stands', () => {
  it('is sent once an hour to the channels that ask for it, and to no other', async () => {
    const place = { kind: 'slack', url: `${receiver.url}/audit` }
    unwrap(await addChannel(store.ctx, { name: 'archive', place, allowPrivate: true, audit: true }))
    await Promise.all(Array.from({ length: 4 }, () => fileAuditCheckpoints(store.db)))
    const [filed, ...more] = await listDeliveries(store.db, { kinds: ['audit'] })
    expect(more).toEqual([])
    expect(await stage.send(filed!.id)).toMatchObject({ status: 'sent', channel: 'archive' })
    const { seq, hash } = await getChainState(store.db)
    expect(receiver.calls.at(-1)!.body).toContain(hash)
    expect(receiver.calls.at(-1)!.body).toContain(`The audit stands at ${seq}`)
  })
})

describe('what is secret of a channel', () => {
  it('is in no record, page, error, log or command’s output, also where the receiver repeats it', async () => {
    const id = await stage.add('echo', { kind: 'slack', url: `${receiver.url}/services/${canary}` })
    receiver.answer((response, call) => response.writeHead(400).end(`bad ${call.path}`))
    const sent = await stage.send(await stage.file(id))
    expect(sent.error!.message).toContain('[hidden]')
    const gone = await stage.add('nowhere', { kind: 'slack', url: `http://127.0.0.1:9/${canary}` })
    await stage.file(gone)
    await stage.round()
    const env = { ...process.env, DATABASE_URL: store.url, HOLDFAST_KEY: testKey }
    // Not waited for in one piece: the receiver is in this process.
    const run = async (args: string[], input = '') => {
      const child = spawn(process.execPath, [join(packageRoot, 'cli/main.ts'), 'channels', ...args], { env })
      child.stdin.end(input)
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
      return { stdout, stderr }
    }
    receiver.answer(200)
    const added = await run(
      ['add', 'by-hand', '--kind', 'slack', '--allow-private', '--json'],
      `${receiver.url}/x/${canary}\n`,
    )
    expect(JSON.parse(added.stdout), added.stderr).toMatchObject({ name: 'by-hand', status: 'untried' })
    const tested = await run(['test', 'by-hand', '--json'])
    expect(JSON.parse(tested.stdout)).toMatchObject({ status: 'sent', responseStatus: 200 })
    expect(receiver.calls.at(-1)!.path).toBe(`/x/${canary}`)
    const told = [added, tested].map(({ stdout, stderr }) => stdout + stderr)
    const records = await Promise.all(
      [channels, deliveries, deliveryAttempts, auditEntries, channelSecrets].map((table) =>
        store.db.select().from(table as typeof channels),
      ),
    )
    const everything = JSON.stringify([
      told,
      records,
      await listDeliveries(store.db),
      await listChannels(store.db),
    ])
    expect(everything).not.toContain(canary)
    expect(everything).not.toContain(Buffer.from(canary).toString('base64'))
    await store.db.delete(deliveries).where(and(eq(deliveries.channelId, gone)))
  }, 120_000)
})
