import type { channels, deliveries } from '#drizzle/schema/channels.ts'

export const channelKinds = ['slack', 'webhook', 'email', 'pagerduty', 'heartbeat'] as const
export type ChannelKind = (typeof channelKinds)[number]

/** What a message says, in no channel's format. Text is plain: every kind escapes for its own. */
export interface Message {
  title: string
  text: string
  severity: 'INFO' | 'WARNING' | 'CRITICAL' | 'EMERGENCY'
  /** `firing` opens a problem at a paging service, `acknowledged` and `resolved` end it; `info` does neither. */
  status: 'firing' | 'acknowledged' | 'resolved' | 'info'
  /** What one problem is called at the receiver: the same from its first message to its last. */
  problemKey: string
  targetName: string | null
  environment: string | null
  /** A path of the console, such as `/alerts?target=salon`. */
  href: string
  /** What it says besides, in order. */
  fields: { label: string; value: string }[]
  /** When what it tells of happened, ISO 8601. */
  at: string
  /** Whether its reader may acknowledge it by a link without signing in. The sender makes the link. */
  acknowledgeable: boolean
  /** Of a digest: the messages that it stands for, the oldest first. */
  items?: DigestItem[]
}

/** One message within a digest. */
export interface DigestItem {
  title: string
  severity: Message['severity']
  status: Message['status']
  problemKey: string
  targetName: string | null
  href: string
  at: string
}

export type DeliveryKind = (typeof deliveries.$inferSelect)['kind']
export type DeliveryStatus = (typeof deliveries.$inferSelect)['status']
export type ChannelStatus = (typeof channels.$inferSelect)['status']

/** Why a channel or a delivery does not work, as people see it. */
export interface ChannelError {
  code: string
  message: string
  hint: string | null
}

/** A channel as everybody may see it. */
export interface Channel {
  id: string
  name: string
  kind: ChannelKind
  settings: Record<string, unknown>
  fallbackId: string | null
  fallback: string | null
  status: ChannelStatus
  statusAt: Date
  error: ChannelError | null
  createdAt: Date
  createdBy: string
}

/** What a channel's kind is given to make its own format of: the message and what only the sender knows. */
export interface Outgoing {
  message: Message
  kind: DeliveryKind
  deliveryId: string
  dedupKey: string
  filedAt: Date
  /** The whole address of the page that the message is about; null while the console's address is not known. */
  consoleUrl: string | null
  /** Acknowledges the alert without signing in; null where the message does not offer it. */
  acknowledgeUrl: string | null
  /** The person whom it is for; null: whoever reads the channel. */
  recipient: { email: string; name: string } | null
}

/** How far a sender goes: which networks it reaches, and how long it waits. */
export interface Reach {
  /** The operator allowed the own network for this channel. */
  allowPrivate: boolean
  connectMs: number
  /** For all of it: connecting, sending, the answer. */
  totalMs: number
}

/** What the receiver answered. */
export interface Answer {
  status: number | null
}

/** A kind of channel: one file of lib/channels/kinds, all of one shape. */
export interface ChannelSender {
  kind: ChannelKind
  /** Beyond so many messages in a minute the rest becomes one digest, or waits where `digests` is false. */
  perMinute: number
  digests: boolean
  /** Whether a message may carry a link that acknowledges: somebody reads it. */
  carriesLinks: boolean
  /** Why this message is not sent through this kind at all, or null. */
  skips(outgoing: Outgoing): string | null
  /** Sends. Throws `SendFailure`. What is secret never appears in what it throws: see `hidden`. */
  deliver(outgoing: Outgoing, settings: unknown, secret: unknown, reach: Reach): Promise<Answer>
  /** The parts of a secret that no log, page or record may show. */
  hidden(secret: unknown): string[]
}

/** A message for one channel, filed in the transaction of what it tells about. */
export interface NewDelivery {
  channelId: string
  alertId?: string | null
  incidentId?: string | null
  /** The person whom it is for, where the channel can reach one person: mail goes to them. */
  userId?: string | null
  kind: DeliveryKind
  /** One message of one event, step and channel. */
  dedupKey: string
  message: Message
  /** It is kept for the log and not sent: maintenance, a silence. */
  heldBecause?: string | null
}

/** What the alert is called that says that a channel fails. */
export const failingFingerprint = (channel: string): string => `holdfast:channel-failing:${channel}`
