import type { CommandOptions } from '#cli/command.ts'
import { readSecret } from '#cli/read-secret.ts'
import { channelKinds } from '#lib/channels/types.ts'
import { AppError } from '#lib/errors.ts'

/** `a, b` as a list. */
export const readList = (text: unknown): string[] =>
  typeof text === 'string'
    ? text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean)
    : []

/** What is public of a channel comes from the options, what is secret from standard input or a prompt. */
export async function readPlace(options: CommandOptions): Promise<Record<string, unknown>> {
  const { kind } = options
  switch (kind) {
    case 'slack':
      return { kind, url: await readSecret('address of the incoming webhook') }
    case 'webhook':
      return {
        kind,
        url: await readSecret('address of the receiver'),
        ...(process.env.HOLDFAST_SIGNING_KEY ? { signingKey: process.env.HOLDFAST_SIGNING_KEY } : {}),
      }
    case 'pagerduty':
      return {
        kind,
        routingKey: await readSecret('integration key'),
        ...(options.url ? { url: options.url } : {}),
      }
    case 'heartbeat':
      return {
        kind,
        url: await readSecret('address to call'),
        ...(options.method ? { method: String(options.method).toUpperCase() } : {}),
      }
    case 'email': {
      const { host, port, security, from, username } = options
      return {
        kind,
        host,
        ...(port ? { port: Number(port) } : {}),
        ...(security ? { security } : {}),
        from,
        to: readList(options.to),
        ...(username ? { username, password: await readSecret(`password of ${String(username)}`) } : {}),
      }
    }
    default:
      throw new AppError('usage', `--kind is one of: ${channelKinds.join(', ')}.`, { kind: 'invalid' })
  }
}

export const placeOptions: [string, string, string?][] = [
  [
    '--kind <kind>',
    `${channelKinds.join(', ')}; its address or key is read from standard input or asked for`,
  ],
  ['--allow-private', 'it may lead into the own network, and without TLS there'],
  ['--audit', 'slack, webhook, email: gets where the audit stands, every hour'],
  ['--host <name>', 'email: the mail server'],
  ['--port <number>', 'email: its port (default 587)'],
  ['--security <how>', 'email: starttls (default), tls, or plain (own network only)'],
  ['--from <address>', 'email: the sender'],
  ['--to <list>', 'email: recipients; without any, mail goes to the person on call only'],
  ['--username <name>', 'email: signs in at the mail server; the password is asked for'],
  ['--url <url>', 'pagerduty: another service that takes the same events'],
  ['--method <method>', 'heartbeat: GET (default) or POST'],
]
