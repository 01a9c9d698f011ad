import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface Received {
  type: string
  data: { title: string; target: string | null; status: string; acknowledgeUrl: string | null }
}

/** A receiver as somebody would write one: it takes what is signed with its key, and refuses everything else. */
export async function startReceiver(): Promise<{
  url: string
  signingKey: string
  received: Received[]
  stop(): Promise<void>
}> {
  const signingKey = `whsec_${randomBytes(24).toString('base64')}`
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    try {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      received.push(new Webhook(signingKey).verify(Buffer.concat(chunks).toString(), headers) as Received)
      response.writeHead(204).end()
    } catch {
      response.writeHead(401).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    signingKey,
    received,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
