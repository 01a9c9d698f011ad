import { email } from './kinds/email.ts'
import { heartbeat } from './kinds/heartbeat.ts'
import { pagerduty } from './kinds/pagerduty.ts'
import { slack } from './kinds/slack.ts'
import { webhook } from './kinds/webhook.ts'
import type { ChannelKind, ChannelSender } from './types.ts'

/** Every kind of channel, one file each. Only processes that send load it. */
export const channelSenders: Readonly<Record<ChannelKind, ChannelSender>> = {
  slack,
  webhook,
  email,
  pagerduty,
  heartbeat,
}
