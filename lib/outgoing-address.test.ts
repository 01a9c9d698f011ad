import type { lookup } from 'node:dns'
import { Agent, request } from 'undici'
import { describe, expect, it } from 'vitest'
import { assertMayReach, guardedLookup, kindOfAddress } from '#lib/outgoing-address.ts'
import { startReceiver } from '#lib/testing/receiver.ts'

describe('addresses that Holdfast may call', () => {
  it('knows private, link-local and public ones, also behind IPv6', () => {
    for (const address of ['8.8.8.8', '2606:4700::1111'])
      expect(kindOfAddress(address), address).toBe('public')
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '172.31.255.255',
      '192.168.0.1',
      '100.64.0.1',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      'fd12::1',
      '64:ff9b::a00:1',
    ])
      expect(kindOfAddress(address), address).toBe('private')
    for (const address of [
      '169.254.169.254',
      '::ffff:169.254.169.254',
      'fe80::1',
      '0.0.0.0',
      '::',
      'fd00:ec2::254',
    ])
      expect(kindOfAddress(address), address).toBe('forbidden')
  })

  it('refuses a host that is an address itself, whatever its writing', () => {
    for (const url of [
      'http://127.0.0.1/',
      'http://0x7f.1/',
      'http://2130706433/',
      'http://[::ffff:127.0.0.1]/',
    ])
      expect(() => assertMayReach(new URL(url).hostname, false), url).toThrow(/not on the public internet/)
    expect(() => assertMayReach('127.0.0.1', true)).not.toThrow()
    expect(() => assertMayReach('169.254.169.254', true)).toThrow()
    expect(() => assertMayReach('storage.example', false)).not.toThrow()
  })

  it('gives sockets no address of a name that means this host', async () => {
    const resolve = (allowPrivate: boolean) =>
      new Promise((done) =>
        guardedLookup(allowPrivate)('localhost', { all: false }, (error, address) =>
          done(error ? error.name : address),
        ),
      )
    expect(await resolve(false)).toBe('ForbiddenAddress')
    expect(['127.0.0.1', '::1']).toContain(await resolve(true))
  })

  it('judges a name each time it is connected to, so that one which turns to this host gains nothing', async () => {
    const receiver = await startReceiver()
    const answers = ['192.0.2.1', '127.0.0.1', '127.0.0.1']
    let asked = 0
    const turning = ((_host: string, _options: object, done: (e: null, found: object[]) => void) =>
      done(null, [{ address: answers[asked++]!, family: 4 }])) as unknown as typeof lookup
    const call = async (allowPrivate: boolean) => {
      const agent = new Agent({ connect: { lookup: guardedLookup(allowPrivate, turning), timeout: 300 } })
      const url = `http://turning.example:${receiver.port}/`
      return request(url, { dispatcher: agent })
        .then(
          ({ statusCode }) => String(statusCode),
          (error: Error) => error.name,
        )
        .finally(() => agent.destroy())
    }
    // The address that was judged is the one that is connected to, and nobody answers there.
    expect(await call(true)).not.toBe('200')
    expect(await call(false)).toBe('ForbiddenAddress')
    expect(receiver.calls).toHaveLength(0)
    expect(await call(true)).toBe('200')
  })
})
