import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Reach everybody: link-local, where the metadata services of clouds hand out credentials, and what is no place at all. */
const never = new BlockList()
/** Not on the public internet: the host itself, private networks, and what only looks like an address. */
const inside = new BlockList()

for (const [network, prefix] of [
  ['169.254.0.0', 16],
  ['0.0.0.0', 8],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  never.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['fe80::', 10],
  ['ff00::', 8],
  ['::', 128],
  ['fd00:ec2::', 32],
] as const) {
  never.addSubnet(network, prefix, 'ipv6')
}
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
] as const) {
  inside.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::1', 128],
  // Translated and tunnelled IPv4: what is behind is not seen from here.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
] as const) {
  inside.addSubnet(network, prefix, 'ipv6')
}

export type AddressKind = 'public' | 'private' | 'forbidden'

/** What kind of place an address is. IPv4 within IPv6 (`::ffff:127.0.0.1`) counts as what it carries. */
export function kindOfAddress(address: string): AddressKind {
  const family = isIP(address)
  if (family === 0) return 'forbidden'
  const type = family === 4 ? 'ipv4' : 'ipv6'
  // BlockList looks through mapped addresses by itself.
  if (never.check(address, type)) return 'forbidden'
  return inside.check(address, type) ? 'private' : 'public'
}

const mayReach = (address: string, allowPrivate: boolean): boolean => {
  const kind = kindOfAddress(address)
  return kind === 'public' || (kind === 'private' && allowPrivate)
}

export class ForbiddenAddress extends Error {
  constructor(host: string) {
    super(`${host} is not on the public internet`)
    this.name = 'ForbiddenAddress'
  }
}

/** Throws `ForbiddenAddress` when a URL's host is itself an address that may not be reached; sockets skip the lookup then. */
export function assertMayReach(host: string, allowPrivate: boolean): void {
  const bare = host.replace(/^\[|\]$/g, '')
  if (isIP(bare) && !mayReach(bare, allowPrivate)) throw new ForbiddenAddress(host)
}

/**
 * A lookup for sockets that gives only addresses which may be reached. The socket connects to what this returned, so a name
 * that answers differently the second time gains nothing.
 */
export const guardedLookup =
  (allowPrivate: boolean, resolve: typeof lookup = lookup): LookupFunction =>
  (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '', 0)
      const allowed = found.filter(({ address }) => mayReach(address, allowPrivate))
      const [first] = allowed
      if (!first) return done(new ForbiddenAddress(host) as NodeJS.ErrnoException, '', 0)
      if (options.all) return done(null, allowed)
      done(null, first.address, first.family)
    })
  }
