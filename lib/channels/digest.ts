import { plainText } from './send-failure.ts'
import type { DigestItem, Message } from './types.ts'

/** So many are named; of the rest the number is told. */
const mostNamed = 50

const ranks = ['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY'] as const

const worst = (severities: readonly Message['severity'][]): Message['severity'] =>
  ranks[Math.max(0, ...severities.map((severity) => ranks.indexOf(severity)))]!

const itemOf = (message: Message): DigestItem => ({
  title: plainText(message.title, 200),
  severity: message.severity,
  status: message.status,
  problemKey: message.problemKey,
  targetName: message.targetName,
  href: message.href,
  at: message.at,
})

/** One message in place of many that came faster than the channel takes them, or the same with more in it. A pure rule. */
export function makeDigest(key: string, before: Message | null, messages: readonly Message[]): Message {
  const all = [...(before?.items ?? []), ...messages.map(itemOf)]
  const hidden = countHidden(before) + Math.max(0, all.length - mostNamed)
  const count = Math.min(all.length, mostNamed) + hidden
  return {
    title: `${count} messages came faster than this channel takes them`,
    text: `They are listed here instead of being sent one by one.${hidden > 0 ? ` ${hidden} more are in the console.` : ''}`,
    // Nothing is dropped from how bad it is, also where it is no longer named.
    severity: worst([...(before ? [before.severity] : []), ...messages.map(({ severity }) => severity)]),
    status: 'info',
    problemKey: key,
    targetName: null,
    environment: null,
    href: '/alerts',
    fields: [],
    at: messages.at(-1)?.at ?? before?.at ?? '',
    acknowledgeable: false,
    items: all.slice(0, mostNamed),
  }
}

const countHidden = (digest: Message | null): number =>
  digest ? Math.max(0, Number(/^\d+/.exec(digest.title)?.[0] ?? 0) - (digest.items?.length ?? 0)) : 0
