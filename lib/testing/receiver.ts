import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { cleanUp } from '#lib/testing/clean-up.ts'

export interface ReceivedCall {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Receiver {
  url: string
  port: number
  calls: ReceivedCall[]
  /** What it answers from now on: a status with headers, or whatever a function does with the response. */
  answer(how: number | ((response: ServerResponse, call: ReceivedCall) => void), headers?: object): void
}

/** A real HTTP server that takes messages, for one test file. */
export async function startReceiver(): Promise<Receiver> {
  const calls: ReceivedCall[] = []
  let respond: (response: ServerResponse, call: ReceivedCall) => void = (response) => response.end('ok')
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const call = { method, path, headers, body }
      calls.push(call)
      respond(response, call)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    calls,
    answer(how, headers = {}) {
      respond =
        typeof how === 'function'
          ? how
          : (response) => response.writeHead(how, { ...headers }).end(how < 300 ? 'ok' : 'no')
    },
  }
}
