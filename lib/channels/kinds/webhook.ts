import { createHash } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { callOut } from '#lib/channels/call-out.ts'
import { bodyText, fieldLines, titleLine } from '#lib/channels/message-text.ts'
import { plainText } from '#lib/channels/send-failure.ts'
import type { ChannelSender, Outgoing } from '#lib/channels/types.ts'

const secretShape = z.object({ url: z.string(), signingKey: z.string() })

/** What a receiver of the generic webhook gets. Text is plain: the receiver escapes for its own. Pure. */
export function formatEvent({ message, kind, filedAt, consoleUrl, acknowledgeUrl }: Outgoing) {
  return {
    type: `holdfast.${kind}`,
    timestamp: filedAt.toISOString(),
    data: {
      title: titleLine({ ...message, status: 'info', targetName: null }),
      text: bodyText(message.text),
      severity: message.severity,
      status: message.status,
      problemKey: message.problemKey,
      target: message.targetName,
      environment: message.environment,
      fields: fieldLines({ ...message, environment: null }),
      at: message.at,
      url: consoleUrl,
      acknowledgeUrl,
      ...(message.items
        ? { items: message.items.map((item) => ({ ...item, title: plainText(item.title, 200) })) }
        : {}),
    },
  }
}

/** The same for each try at one message, so that a receiver knows what it has already; fit for a header. */
export const messageId = (dedupKey: string): string =>
  /^[A-Za-z0-9._:|/-]{1,200}$/.test(dedupKey)
    ? dedupKey
    : `sha256:${createHash('sha256').update(dedupKey).digest('hex')}`

/** Any receiver that checks the signature of the Standard Webhooks scheme. */
export const webhook: ChannelSender = {
  kind: 'webhook',
  perMinute: 60,
  digests: true,
  carriesLinks: true,
  skips: () => null,
  async deliver(outgoing, _settings, secret, reach) {
    const { url, signingKey } = secretShape.parse(secret)
    const body = JSON.stringify(formatEvent(outgoing))
    const id = messageId(outgoing.dedupKey)
    // Each try is signed anew: receivers refuse a timestamp that is older than five minutes.
    const now = new Date()
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(signingKey).sign(id, now, body),
    }
    return callOut({ url, method: 'POST', headers, body }, reach)
  },
  hidden: (secret) => {
    const { url, signingKey } = secretShape.parse(secret)
    return [url, new URL(url).pathname, signingKey, signingKey.replace(/^whsec_/, '')]
  },
}
