import { Agent, request } from 'undici'
import { assertMayReach, guardedLookup } from '#lib/outgoing-address.ts'
import { retryAfterMs } from './retry-after.ts'
import { explainNetwork, plainForbidden, plainText, SendFailure } from './send-failure.ts'
import type { Answer, Reach } from './types.ts'
import { isSafeWebUrl } from './web-url.ts'

/** So much of an answer is looked at; a receiver must not fill our memory. */
const longestAnswerBytes = 16 * 1024

export interface OutgoingCall {
  url: string
  method: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
}

/**
 * One HTTP call to a receiver: by an address that was judged and is the one connected to, without redirects, within the
 * time given, with an answer of bounded size. Throws `SendFailure` for anything but success.
 */
export async function callOut(call: OutgoingCall, reach: Reach): Promise<Answer> {
  if (!isSafeWebUrl(call.url)) {
    throw new SendFailure('address-unusable', 'Its address is not an http or https URL.', { canHeal: false })
  }
  const url = new URL(call.url)
  if (url.protocol === 'http:' && !reach.allowPrivate) throw plainForbidden()
  const agent = new Agent({
    connect: { lookup: guardedLookup(reach.allowPrivate), timeout: reach.connectMs },
    headersTimeout: reach.totalMs,
    bodyTimeout: reach.totalMs,
    maxResponseSize: longestAnswerBytes,
    connections: 1,
    pipelining: 0,
  })
  try {
    assertMayReach(url.hostname, reach.allowPrivate)
    const response = await request(url, {
      dispatcher: agent,
      method: call.method,
      headers: { 'user-agent': 'Holdfast', ...call.headers },
      ...(call.body === undefined ? {} : { body: call.body }),
      signal: AbortSignal.timeout(reach.totalMs),
    })
    const { statusCode: status, headers } = response
    // What was decided by the status line stays decided, however the rest of the answer goes.
    const said = await response.body.text().catch(() => '')
    if (status >= 200 && status < 300) return { status }
    throw refusedBy(url.hostname, status, said, retryAfterMs(headers['retry-after'], Date.now()))
  } catch (error) {
    if (error instanceof SendFailure) throw error
    throw explainNetwork(error, url.hostname) ?? error
  } finally {
    await agent.destroy().catch(() => {})
  }
}

/** These say that it may go well later; every other 4xx says that the message or its address is wrong. */
const healing = new Set([408, 425, 429])

function refusedBy(host: string, status: number, said: string, afterMs: number | null): SendFailure {
  if (status >= 300 && status < 400) {
    return new SendFailure(
      'redirected',
      `${host} answers with a redirect (${status}), and none is followed.`,
      {
        canHeal: false,
        status,
        hint: 'Give the address that it leads to.',
      },
    )
  }
  const words = plainText(said, 200)
  return new SendFailure('not-taken', `${host} answered ${status}${words ? `: ${words}` : ''}.`, {
    canHeal: status >= 500 || healing.has(status),
    status,
    retryAfterMs: afterMs,
  })
}
