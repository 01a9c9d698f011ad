import { createHash } from 'node:crypto'
import { z } from 'zod'
import { callOut } from '#lib/channels/call-out.ts'
import { bodyText, fieldLines, titleLine } from '#lib/channels/message-text.ts'
import { plainText, SendFailure } from '#lib/channels/send-failure.ts'
import type { ChannelSender, Message, Outgoing, Reach } from '#lib/channels/types.ts'

const secretShape = z.object({ url: z.string(), routingKey: z.string() })

const severities: Record<Message['severity'], string> = {
  INFO: 'info',
  WARNING: 'warning',
  CRITICAL: 'error',
  EMERGENCY: 'critical',
}

type EventAction = 'trigger' | 'acknowledge' | 'resolve'

const actions: Record<Message['status'], EventAction | null> = {
  firing: 'trigger',
  acknowledged: 'acknowledge',
  resolved: 'resolve',
  info: null,
}

/** The service takes at most 255 characters. */
const dedupKeyOf = (problemKey: string): string =>
  problemKey.length <= 255 ? problemKey : createHash('sha256').update(problemKey).digest('hex')

/** An event of the version 2 API, without the routing key. The same key from a problem's first event to its last. Pure. */
export function formatPageEvent(outgoing: Outgoing, action: EventAction) {
  const { message, consoleUrl } = outgoing
  return {
    event_action: action,
    dedup_key: dedupKeyOf(message.problemKey),
    payload: {
      summary: titleLine({ ...message, status: 'info' }, 1_000),
      source: plainText(message.targetName ?? 'holdfast', 200),
      severity: severities[message.severity],
      timestamp: message.at,
      component: plainText(message.environment ?? '', 200) || undefined,
      custom_details: {
        text: bodyText(message.text),
        ...Object.fromEntries(fieldLines(message).map(({ label, value }) => [label, value])),
      },
    },
    client: 'Holdfast',
    ...(consoleUrl
      ? { client_url: consoleUrl, links: [{ href: consoleUrl, text: 'Open in Holdfast' }] }
      : {}),
  }
}

async function send(event: object, secret: z.infer<typeof secretShape>, reach: Reach) {
  const body = JSON.stringify({ routing_key: secret.routingKey, ...event })
  const answer = await callOut(
    { url: secret.url, method: 'POST', headers: { 'content-type': 'application/json' }, body },
    reach,
  )
  return answer
}

/** A paging service that takes PagerDuty's events: one problem there for one problem here, opened and ended. */
export const pagerduty: ChannelSender = {
  kind: 'pagerduty',
  perMinute: 100,
  // A problem folded into a list would be neither opened nor ended there.
  digests: false,
  carriesLinks: false,
  skips: ({ message, kind }) =>
    message.status === 'info' && kind !== 'test' ? 'A paging service takes problems, not news.' : null,
  async deliver(outgoing, _settings, secret, reach) {
    const known = secretShape.parse(secret)
    if (outgoing.kind === 'test') {
      // Opened and ended at once: that shows both, and wakes nobody for longer than it takes.
      await send(formatPageEvent(outgoing, 'trigger'), known, reach)
      return send(formatPageEvent(outgoing, 'resolve'), known, reach)
    }
    const action = actions[outgoing.message.status]
    if (!action)
      throw new SendFailure('nothing-to-page', 'There is nothing to page about.', { canHeal: false })
    return send(formatPageEvent(outgoing, action), known, reach)
  },
  hidden: (secret) => [secretShape.parse(secret).routingKey],
}
