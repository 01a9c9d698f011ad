import { randomBytes } from 'node:crypto'
import type { ChannelPlace } from './input.ts'

/** What may be shown of a channel, and what is sealed. */
export interface SplitPlace {
  settings: Record<string, unknown>
  secret: Record<string, unknown>
  /** A signing key that was made here: the person who adds the channel sees it once. */
  madeSigningKey: string | null
}

const hostOf = (url: string): string => new URL(url).host

/**
 * Parts what people give into what pages show and what is sealed. Where messages go is sealed too: whoever may write
 * settings (the web's account) must not be able to lead a password elsewhere.
 */
export function splitPlace(place: ChannelPlace): SplitPlace {
  switch (place.kind) {
    case 'slack':
      return { settings: { host: hostOf(place.url) }, secret: { url: place.url }, madeSigningKey: null }
    case 'webhook': {
      const made = place.signingKey ? null : `whsec_${randomBytes(32).toString('base64')}`
      return {
        settings: { host: hostOf(place.url) },
        secret: { url: place.url, signingKey: place.signingKey ?? made },
        madeSigningKey: made,
      }
    }
    case 'email': {
      const { host, port, security, from, to, username, password, certificate } = place
      return {
        settings: { host, port, security, from, to },
        secret: { host, port, security, username, password, certificate },
        madeSigningKey: null,
      }
    }
    case 'pagerduty': {
      const { url, routingKey } = place
      return { settings: { host: hostOf(url) }, secret: { url, routingKey }, madeSigningKey: null }
    }
    case 'heartbeat': {
      const { url, method } = place
      return { settings: { host: hostOf(url), method }, secret: { url, method }, madeSigningKey: null }
    }
  }
}

/** The host that a channel leads to and whether it may be without TLS: for a first look before anything is stored. */
export function addressOf(place: ChannelPlace): { host: string; plain: boolean } {
  if (place.kind === 'email') return { host: place.host, plain: place.security === 'plain' }
  const { hostname, protocol } = new URL(place.url)
  return { host: hostname, plain: protocol === 'http:' }
}
