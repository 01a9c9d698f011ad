import { beforeAll, describe, expect, it } from 'vitest'
import { testMessage } from '#lib/testing/channel-stage.ts'
import { type Receiver, startReceiver } from '#lib/testing/receiver.ts'
import { callOut } from './call-out.ts'
import { channelPlace } from './input.ts'
import { email } from './kinds/email.ts'
import { judgeAttempt, mostAttempts } from './retry.ts'
import { retryAfterMs } from './retry-after.ts'
import { SendFailure } from './send-failure.ts'
import type { Outgoing, Reach } from './types.ts'

const outside: Reach = { allowPrivate: false, connectMs: 1_000, totalMs: 2_000 }
const inside: Reach = { ...outside, allowPrivate: true }

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})

const codeOf = (url: string, reach = outside) =>
  callOut({ url, method: 'GET' }, reach).then(
    ({ status }) => String(status),
    (error: unknown) => (error instanceof SendFailure ? error.code : String(error)),
  )

describe('a receiver’s address', () => {
  it.each([
    ['this host', 'https://127.0.0.1/'],
    ['this host by another name', 'https://localhost/'],
    ['this host as one number', 'https://2130706433/'],
    ['this host in hexadecimal', 'https://0x7f000001/'],
    ['this host in octal', 'https://0177.0.0.1/'],
    ['this host, shortened', 'https://127.1/'],
    ['this host within IPv6', 'https://[::ffff:127.0.0.1]/'],
    ['this host within IPv6, in hexadecimal', 'https://[::ffff:7f00:1]/'],
    ['this host in IPv6', 'https://[::1]/'],
    ['the own network', 'https://10.0.0.8/'],
    ['the address of no place', 'https://0.0.0.0/'],
    ['the metadata of a cloud', 'https://169.254.169.254/latest/meta-data/'],
    ['the metadata of a cloud within IPv6', 'https://[::ffff:169.254.169.254]/'],
    ['translated IPv4', 'https://[64:ff9b::7f00:1]/'],
  ])('that leads to %s is not called', async (_what, url) => {
    expect(await codeOf(url)).toBe('address-forbidden')
  })

  it('that leads to the metadata of a cloud is not called where the own network is allowed, either', async () => {
    expect(await codeOf('http://169.254.169.254/', inside)).toBe('address-forbidden')
  })

  it.each([
    'file:///etc/passwd',
    'gopher://127.0.0.1:25/',
    'ftp://example.com/',
    'https://user:pass@example.com/',
    'https:///x#y',
  ])('such as %s is not taken by a channel, and not called', async (url) => {
    expect(channelPlace.safeParse({ kind: 'slack', url }).success).toBe(false)
    expect(await codeOf(url, inside)).toBe('address-unusable')
  })

  it('that is plain http only reaches the own network', async () => {
    expect(await codeOf('http://example.com/')).toBe('plain-forbidden')
    expect(await codeOf(receiver.url, inside)).toBe('200')
  })
})

describe('a mail server’s address', () => {
  const outgoing: Outgoing = {
    message: testMessage(),
    kind: 'fired',
    deliveryId: '',
    dedupKey: 'x',
    filedAt: new Date(),
    consoleUrl: null,
    acknowledgeUrl: null,
    recipient: null,
  }
  const mail = (host: string, reach = outside) =>
    email
      .deliver(
        outgoing,
        { from: 'a@example.com', to: ['b@example.com'] },
        { host, port: receiver.port, security: 'starttls' },
        reach,
      )
      .then(
        () => 'sent',
        (error: unknown) => (error instanceof SendFailure ? error.code : String(error)),
      )

  it.each(['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '::ffff:127.0.0.1', '169.254.169.254', '[::1]'])(
    'such as %s is not connected to',
    async (host) => {
      expect(await mail(host)).toBe('address-forbidden')
    },
  )
})

describe('trying again', () => {
  const failed = { canHeal: true, retryAfterMs: null }
  it('pauses longer each time and a little differently, and ends', () => {
    const pauses = [1, 2, 3, 4].map((attempt) => judgeAttempt({ ...failed, attempt }, 0))
    expect(pauses).toEqual([5_000, 15_000, 45_000, 120_000].map((inMs) => ({ again: true, inMs })))
    expect(judgeAttempt({ ...failed, attempt: 1 }, 1)).toEqual({ again: true, inMs: 6_000 })
    expect(judgeAttempt({ ...failed, attempt: mostAttempts }, 0).again).toBe(false)
    expect(judgeAttempt({ ...failed, canHeal: false, attempt: 1 }, 0).again).toBe(false)
  })

  it('waits as long as the receiver asks, in seconds or until a time', () => {
    const now = Date.parse('2026-01-01T12:00:00Z')
    expect(retryAfterMs('120', now)).toBe(120_000)
    expect(retryAfterMs('Thu, 01 Jan 2026 12:01:00 GMT', now)).toBe(60_000)
    expect(retryAfterMs('Thu, 01 Jan 2026 11:00:00 GMT', now)).toBe(0)
    expect(retryAfterMs('soon', now)).toBeNull()
    expect(judgeAttempt({ attempt: 1, canHeal: true, retryAfterMs: 60_000 }, 0)).toEqual({
      again: true,
      inMs: 60_000,
    })
    expect(judgeAttempt({ attempt: 1, canHeal: true, retryAfterMs: 3_600_000 }, 0).again).toBe(false)
  })
})
