import { z } from 'zod'
import { callOut } from '#lib/channels/call-out.ts'
import { bodyText, fieldLines, titleLine } from '#lib/channels/message-text.ts'
import type { ChannelSender, Message, Outgoing } from '#lib/channels/types.ts'

const secretShape = z.object({ url: z.string() })

/** Looks like nothing and stands between two characters that would mean something together. */
const joiner = '\u2060'

/**
 * Text for Slack and Mattermost: no link, no mention and no entity but what stands there. Slack's own three characters are
 * escaped as it asks; the other's Markdown links, images and mentions are pulled apart.
 */
export const escapeChat = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('](', `]${joiner}(`)
    .replaceAll('![', `!${joiner}[`)
    .replace(/[@#~](?=\w)/g, `$&${joiner}`)
    .replace(/\b(https?|ftp|mailto|data|javascript):(?=\S)/gi, `$1${joiner}:`)
    .replace(/\b(www)\.(?=\S)/gi, `$1${joiner}.`)

const colours: Record<Message['severity'], string> = {
  INFO: '#5b6b7d',
  WARNING: '#b7791f',
  CRITICAL: '#c53030',
  EMERGENCY: '#9b1c1c',
}
const healed = '#2f855a'

export interface ChatMessage {
  text: string
  attachments: {
    color: string
    fallback: string
    title: string
    title_link?: string
    text: string
    fields: { title: string; value: string; short: boolean }[]
    footer: string
    ts: number
    /** In none of its parts does Slack look for formatting. */
    mrkdwn_in: never[]
  }[]
}

const link = (url: string, words: string): string => `<${url}|${words}>`

/** What Slack, Mattermost and what else takes Slack's incoming webhooks is sent. Pure. */
export function formatChat(outgoing: Outgoing): ChatMessage {
  const { message, consoleUrl, acknowledgeUrl } = outgoing
  const title = escapeChat(titleLine(message))
  const items = (message.items ?? [])
    .map((item) => `• ${escapeChat(titleLine({ ...message, ...item }))}`)
    .join('\n')
  const text = [
    escapeChat(bodyText(message.text, 2_500)),
    items.slice(0, 3_000),
    // The console's own address was made here and not by who reports.
    acknowledgeUrl ? link(acknowledgeUrl, 'Acknowledge (works once)') : '',
  ]
  return {
    text: '',
    attachments: [
      {
        color: message.status === 'resolved' ? healed : colours[message.severity],
        fallback: title,
        title,
        ...(consoleUrl ? { title_link: consoleUrl } : {}),
        text: text.filter(Boolean).join('\n\n'),
        fields: fieldLines(message).map(({ label, value }) => ({
          title: escapeChat(label),
          value: escapeChat(value),
          short: value.length <= 40,
        })),
        footer: 'Holdfast',
        ts: Math.floor(Date.parse(message.at) / 1000),
        mrkdwn_in: [],
      },
    ],
  }
}

/** An incoming webhook of Slack or of what takes the same, such as Mattermost. It knows no key against sending twice. */
export const slack: ChannelSender = {
  kind: 'slack',
  perMinute: 20,
  digests: true,
  carriesLinks: true,
  skips: () => null,
  async deliver(outgoing, _settings, secret, reach) {
    const { url } = secretShape.parse(secret)
    const body = JSON.stringify(formatChat(outgoing))
    return callOut({ url, method: 'POST', headers: { 'content-type': 'application/json' }, body }, reach)
  },
  hidden: (secret) => {
    const { url } = secretShape.parse(secret)
    return [url, new URL(url).pathname]
  },
}
