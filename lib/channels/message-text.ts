import { plainText } from './send-failure.ts'
import type { Message, Outgoing } from './types.ts'

/** One line that says what it is, from whom and how bad: the subject of a mail, the title in a chat. Never a line break. */
export function titleLine({ title, severity, status, targetName }: Message, longest = 200): string {
  // Of what is over the title says so itself.
  const how = status === 'firing' ? `${severity}: ` : ''
  const names = targetName !== null && !title.includes(`${targetName}: `)
  const line = `${how}${names ? `${targetName}: ` : ''}${title}`
  return plainText(line, 10_000).length > longest
    ? `${plainText(line, longest - 1)}…`
    : plainText(line, longest)
}

/** Text of several lines, without what could steer a terminal or a mail program. */
export const bodyText = (text: string, longest = 4_000): string =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => plainText(line, 2_000))
    .join('\n')
    .slice(0, longest)

/** What stands under every message: label and value, each in one line. */
export const fieldLines = (message: Message): { label: string; value: string }[] => [
  ...(message.environment ? [{ label: 'Environment', value: plainText(message.environment) }] : []),
  ...message.fields.map(({ label, value }) => ({ label: plainText(label, 100), value: plainText(value) })),
]

/** The message as plain text, for mail and for people with a terminal. */
export function asText({ message, consoleUrl, acknowledgeUrl }: Outgoing): string {
  const parts = [
    titleLine(message),
    bodyText(message.text),
    fieldLines(message)
      .map(({ label, value }) => `${label}: ${value}`)
      .join('\n'),
    (message.items ?? []).map((item) => `- ${item.at} ${titleLine({ ...message, ...item })}`).join('\n'),
    `At: ${plainText(message.at)}`,
    consoleUrl ? `Look: ${consoleUrl}` : '',
    acknowledgeUrl ? `Acknowledge (works once): ${acknowledgeUrl}` : '',
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}
