import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { isSafeWebUrl } from './web-url.ts'

export const channelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, starting with a letter')

const webUrl = z
  .string()
  .trim()
  .max(2_000)
  .refine(isSafeWebUrl, 'an https:// address, without name and password')

/** What a mail server takes as a name: no list, no angle brackets, nothing that could end a header. */
export const mailAddress = z.email().max(254)

const signingKey = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,100}={0,2}$/, 'whsec_ and at least 24 random bytes in base64')
  .refine((key) => isSigningKey(key), 'whsec_ and at least 24 random bytes in base64')

function isSigningKey(key: string): boolean {
  try {
    return new Webhook(key).sign('id', new Date(0), '').length > 0
  } catch {
    return false
  }
}

const hostName = z
  .string()
  .trim()
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9a-fA-F:]+$/, 'the name of a mail server')

const pem = z
  .string()
  .max(20_000)
  .regex(/^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, 'a certificate in PEM')

export const slackPlace = z.strictObject({ kind: z.literal('slack'), url: webUrl })

export const webhookPlace = z.strictObject({
  kind: z.literal('webhook'),
  url: webUrl,
  /** Not given: one is made, and shown once. */
  signingKey: signingKey.optional(),
})

export const emailPlace = z
  .strictObject({
    kind: z.literal('email'),
    host: hostName,
    port: z.number().int().min(1).max(65_535).default(587),
    security: z.enum(['tls', 'starttls', 'plain']).default('starttls'),
    username: z.string().max(300).optional(),
    password: z.string().max(300).optional(),
    from: mailAddress,
    to: z.array(mailAddress).max(20).default([]),
    /** Of a mail server whose certificate no public authority signed. */
    certificate: pem.optional(),
  })
  .refine(({ username, password }) => !username === !password, {
    path: ['password'],
    message: 'a user name and its password go together',
  })

export const pagerdutyPlace = z.strictObject({
  kind: z.literal('pagerduty'),
  routingKey: z.string().regex(/^[A-Za-z0-9_-]{8,200}$/, 'the integration key of the service'),
  url: webUrl.default('https://events.pagerduty.com/v2/enqueue'),
})

export const heartbeatPlace = z.strictObject({
  kind: z.literal('heartbeat'),
  url: webUrl,
  method: z.enum(['GET', 'POST']).default('GET'),
})

export const channelPlace = z.discriminatedUnion('kind', [
  slackPlace,
  webhookPlace,
  emailPlace,
  pagerdutyPlace,
  heartbeatPlace,
])
export type ChannelPlace = z.output<typeof channelPlace>

/** Only at the host: a process that holds no key may not lead messages into the own network. */
const allowPrivate = z.boolean().default(false)

/** Whether it gets the audit's checkpoint every hour. */
const audit = z.boolean().default(false)

export const addChannelInput = z.strictObject({
  name: channelName,
  place: channelPlace,
  fallback: channelName.nullable().default(null),
  allowPrivate,
  audit,
})
export type AddChannelInput = z.output<typeof addChannelInput>

export const changeChannelInput = z.strictObject({
  name: channelName,
  place: channelPlace,
  allowPrivate,
  audit,
})
export type ChangeChannelInput = z.output<typeof changeChannelInput>

export const setFallbackInput = z.strictObject({ name: channelName, fallback: channelName.nullable() })

export const removeChannelInput = z.strictObject({
  name: channelName,
  reason: z.string().trim().max(2_000).optional(),
})

export const namedChannelInput = z.strictObject({ name: channelName })

export const resendInput = z.strictObject({ deliveryId: z.uuid() })
