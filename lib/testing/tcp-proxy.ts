import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  /** The same URL by way of the proxy. */
  urlThrough(url: string): string
  /** From now on no byte passes, and nobody is told. */
  stall(): void
  /** Resets every connection, and refuses new ones. */
  cut(): void
  /** Lets everything pass again, new connections too. */
  mend(): void
  /** Bytes that came from the server so far. */
  received(): number
  close(): Promise<void>
}

/** A network between Holdfast and a database that a test can stall or cut. */
export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let state: 'open' | 'stalled' | 'cut' = 'open'
  let received = 0
  const server = createServer((near) => {
    if (state === 'cut') return void near.destroy()
    const far = connect(port, host)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        if (state === 'open') (socket === near ? far : near).destroy()
      })
    }
    far.on('data', (chunk) => {
      received += chunk.length
    })
    near.pipe(far)
    far.pipe(near)
    if (state === 'stalled') for (const socket of [near, far]) socket.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as { port: number }
  return {
    urlThrough(url) {
      const through = new URL(url)
      through.hostname = '127.0.0.1'
      through.port = String(address.port)
      return through.toString()
    },
    stall() {
      state = 'stalled'
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    },
    cut() {
      state = 'cut'
      for (const socket of sockets) socket.resetAndDestroy()
    },
    mend() {
      for (const socket of sockets) socket.destroy()
      state = 'open'
    },
    received: () => received,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
