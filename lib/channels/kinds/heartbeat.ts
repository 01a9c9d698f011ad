import { z } from 'zod'
import { callOut } from '#lib/channels/call-out.ts'
import type { ChannelSender } from '#lib/channels/types.ts'

const secretShape = z.object({ url: z.string(), method: z.enum(['GET', 'POST']) })

/** A service that raises the alarm when it is *not* called for a while. It gets a call and no message. */
export const heartbeat: ChannelSender = {
  kind: 'heartbeat',
  perMinute: 10,
  digests: false,
  carriesLinks: false,
  skips: ({ kind }) => (kind === 'test' ? null : 'A heartbeat carries no messages.'),
  async deliver(_outgoing, _settings, secret, reach) {
    const { url, method } = secretShape.parse(secret)
    return callOut({ url, method, ...(method === 'POST' ? { body: '' } : {}) }, reach)
  },
  hidden: (secret) => {
    const { url } = secretShape.parse(secret)
    const { pathname, search } = new URL(url)
    return [url, ...(pathname.length > 1 ? [pathname] : []), ...(search ? [search, search.slice(1)] : [])]
  },
}
