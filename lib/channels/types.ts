import type { deliveries } from '#drizzle/schema/channels.ts'

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
}

export type DeliveryKind = (typeof deliveries.$inferSelect)['kind']

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
