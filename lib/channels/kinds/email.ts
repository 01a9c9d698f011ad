import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import { z } from 'zod'
import { asText, bodyText, fieldLines, titleLine } from '#lib/channels/message-text.ts'
import {
  explainNetwork,
  forbiddenAddress,
  plainForbidden,
  plainText,
  SendFailure,
} from '#lib/channels/send-failure.ts'
import type { Answer, ChannelSender, Message, Outgoing, Reach } from '#lib/channels/types.ts'
import { escapeHtml } from '#lib/format/html.ts'
import { assertMayReach, guardedLookup } from '#lib/outgoing-address.ts'

const settingsShape = z.object({ from: z.email(), to: z.array(z.email()) })

const secretShape = z.object({
  host: z.string(),
  port: z.number(),
  security: z.enum(['tls', 'starttls', 'plain']),
  username: z.string().optional(),
  password: z.string().optional(),
  certificate: z.string().optional(),
})
type MailServer = z.infer<typeof secretShape>

export interface Mail {
  subject: string
  text: string
  html: string
  headers: Record<string, string>
}

const colours: Record<Message['severity'], string> = {
  INFO: '#5b6b7d',
  WARNING: '#b7791f',
  CRITICAL: '#c53030',
  EMERGENCY: '#9b1c1c',
}

const button = (href: string, words: string): string =>
  `<a href="${escapeHtml(href)}" style="display:inline-block;margin:0 8px 8px 0;padding:10px 16px;border-radius:6px;background:#1f4f82;color:#ffffff;text-decoration:none">${escapeHtml(words)}</a>`

/** The mail in both forms that mail programs show. Every word of others is escaped; nothing is fetched when it is opened. Pure. */
export function formatMail(outgoing: Outgoing): Mail {
  const { message, consoleUrl, acknowledgeUrl, dedupKey } = outgoing
  const subject = titleLine(message)
  const paragraphs = bodyText(message.text).split('\n').map(escapeHtml).join('<br>')
  const rows = fieldLines(message)
    .map(
      ({ label, value }) =>
        `<tr><td style="padding:2px 12px 2px 0;color:#5b6b7d">${escapeHtml(label)}</td><td>${escapeHtml(value)}</td></tr>`,
    )
    .join('')
  const items = (message.items ?? [])
    .map((item) => `<li>${escapeHtml(titleLine({ ...message, ...item }))}</li>`)
    .join('')
  const colour = message.status === 'resolved' ? '#2f855a' : colours[message.severity]
  const html = `<!doctype html><html lang="en"><body style="margin:0;padding:16px;font-family:sans-serif;font-size:15px;line-height:1.5;color:#1a202c">
<h1 style="margin:0 0 12px;padding-left:10px;border-left:4px solid ${colour};font-size:18px">${escapeHtml(subject)}</h1>
<p>${paragraphs}</p>${items ? `<ul>${items}</ul>` : ''}${rows ? `<table style="border-collapse:collapse;font-size:14px">${rows}</table>` : ''}
<p style="color:#5b6b7d;font-size:13px">${escapeHtml(plainText(message.at))}</p>
<p>${consoleUrl ? button(consoleUrl, 'Open in Holdfast') : ''}${acknowledgeUrl ? button(acknowledgeUrl, 'Acknowledge') : ''}</p>
</body></html>`
  return { subject, text: asText(outgoing), html, headers: threadHeaders(message, dedupKey) }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** Mails of one problem stand together, a mail program answers none of them, and a second copy of one is known by its id. */
const threadHeaders = ({ problemKey }: Message, dedupKey: string): Record<string, string> => ({
  'Message-ID': `<${digestOf(dedupKey)}@holdfast.invalid>`,
  References: `<${digestOf(problemKey)}@holdfast.invalid>`,
  'Auto-Submitted': 'auto-generated',
  'X-Auto-Response-Suppress': 'All',
})

/** The address that the name leads to now, judged; the connection is made to it and to nothing else. */
function resolveServer(host: string, reach: Reach): Promise<string> {
  try {
    assertMayReach(host, reach.allowPrivate)
  } catch {
    return Promise.reject(forbiddenAddress(host))
  }
  if (isIP(host)) return Promise.resolve(host)
  return new Promise((resolve, reject) =>
    guardedLookup(reach.allowPrivate)(host, { all: false }, (error, address) =>
      error ? reject(explainNetwork(error, host) ?? error) : resolve(String(address)),
    ),
  )
}

async function post(
  mail: Mail,
  from: string,
  to: string[],
  server: MailServer,
  reach: Reach,
): Promise<Answer> {
  const { host, port, security, username, password, certificate } = server
  if (security === 'plain' && !reach.allowPrivate) throw plainForbidden()
  const address = await resolveServer(host, reach)
  const transport = createTransport({
    host: address,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'plain',
    ...(username ? { auth: { user: username, pass: password } } : {}),
    tls: {
      // The certificate is the name's, not the address's.
      ...(isIP(host) ? {} : { servername: host }),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(certificate ? { ca: certificate } : {}),
    },
    connectionTimeout: reach.connectMs,
    greetingTimeout: reach.connectMs,
    socketTimeout: reach.totalMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new SendFailure('timed-out', `${host} did not answer in time.`, { canHeal: true })),
    reach.totalMs,
  )
  try {
    const { headers, ...parts } = mail
    const { 'Message-ID': messageId, References: references, ...others } = headers
    const sent = await Promise.race([
      transport.sendMail({ ...parts, from, to, messageId, references, headers: others }),
      late.promise,
    ])
    return { status: Number(/^\d{3}/.exec(sent.response)?.[0] ?? 250) }
  } catch (error) {
    throw explainMail(error, host)
  } finally {
    clearTimeout(timer)
    transport.close()
  }
}

function explainMail(error: unknown, host: string): unknown {
  if (error instanceof SendFailure) return error
  const { responseCode, response, code } = error as {
    responseCode?: number
    response?: string
    code?: string
  }
  if (code === 'EAUTH') {
    return new SendFailure('sign-in-refused', `${host} refused the user name and password.`, {
      canHeal: false,
      status: responseCode ?? null,
      cause: error,
    })
  }
  if (responseCode) {
    return new SendFailure(
      'not-taken',
      `${host} answered ${plainText(response ?? String(responseCode), 200)}.`,
      {
        canHeal: responseCode < 500,
        status: responseCode,
        cause: error,
      },
    )
  }
  // nodemailer writes its own code over the one that TLS gave.
  const why = (error as Error | null)?.message ?? ''
  if (/certificate|altnames/i.test(why)) {
    return new SendFailure(
      'certificate-untrusted',
      `The certificate of ${host} cannot be trusted: ${plainText(why, 120)}`,
      {
        canHeal: false,
        cause: error,
      },
    )
  }
  const network = explainNetwork(error, host)
  if (network) return network
  if (code === 'ETLS') {
    return new SendFailure('no-tls', `${host} does not offer TLS.`, {
      canHeal: false,
      hint: 'Nothing was sent. A password is never given to a server that cannot be told from another.',
      cause: error,
    })
  }
  return error
}

/** Mail: to the person on call for whom the message is, else to the channel's list. */
export const email: ChannelSender = {
  kind: 'email',
  perMinute: 20,
  digests: true,
  carriesLinks: true,
  skips: () => null,
  async deliver(outgoing, settings, secret, reach) {
    const { from, to } = settingsShape.parse(settings)
    const recipients = outgoing.recipient ? [outgoing.recipient.email] : to
    if (recipients.length === 0) {
      throw new SendFailure(
        'no-recipient',
        'The channel has no recipients, and the message is for no single person.',
        {
          canHeal: false,
          hint: 'Give the channel recipients, or let the route name a rotation.',
        },
      )
    }
    return post(formatMail(outgoing), from, recipients, secretShape.parse(secret), reach)
  },
  hidden: (secret) => {
    const { username, password } = secretShape.parse(secret)
    const basic = password ? [Buffer.from(`\0${username}\0${password}`), Buffer.from(password)] : []
    return [...(password ? [password] : []), ...basic.map((bytes) => bytes.toString('base64'))]
  },
}
