import { connect, createServer, type Socket } from 'node:net'

type Trap = 'cut-before' | 'lose-answer' | 'lose-one' | (() => void)

export interface TcpProxy {
  /** The same URL by way of the proxy. */
  urlThrough(url: string): string
  /** From now on no byte passes, and nobody is told. */
  stall(): void
  /** Resets every connection, and refuses new ones. */
  cut(): void
  /**
   * Once, when the client sends these bytes: `cut-before` loses them, `lose-answer` lets the server do what they say and
   * cuts before the answer is passed on, `lose-one` likewise but cuts this connection only; a function is called before
   * they are passed on.
   */
  whenSent(bytes: string, then: Trap): void
  /** Lets everything pass again, new connections too. */
  mend(): void
  /** Leads new connections to another port; the open ones stay where they are, as when a name changes its address. */
  lead(port: number): void
  /** Bytes that came from the server so far. */
  received(): number
  close(): Promise<void>
}

/** A network between Holdfast and a database that a test can stall or cut. */
export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let state: 'open' | 'stalled' | 'cut' = 'open'
  let received = 0
  let leadsTo = port
  let trap: { bytes: string; then: Trap } | null = null
  const cutAll = () => {
    state = 'cut'
    for (const socket of sockets) socket.resetAndDestroy()
  }
  /** Whether the bytes may go on to the server. */
  const mayPass = (chunk: Buffer, near: Socket, far: Socket): boolean => {
    if (!trap || !chunk.includes(trap.bytes, 0, 'latin1')) return true
    const { then } = trap
    trap = null
    if (typeof then === 'function') then()
    else if (then === 'cut-before') cutAll()
    else {
      far.unpipe(near)
      far.once('data', then === 'lose-answer' ? cutAll : () => near.resetAndDestroy())
      far.resume()
    }
    return then !== 'cut-before'
  }
  const server = createServer((near) => {
    if (state === 'cut') {
      near.on('error', () => {})
      return void near.resetAndDestroy()
    }
    const far = connect(leadsTo, host)
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
    near.on('data', (chunk) => {
      if (!mayPass(chunk, near, far) || far.write(chunk)) return
      near.pause()
      far.once('drain', () => state === 'open' && near.resume())
    })
    near.on('end', () => far.end())
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
    cut: cutAll,
    whenSent(bytes, then) {
      trap = { bytes, then }
    },
    mend() {
      for (const socket of sockets) socket.destroy()
      state = 'open'
    },
    lead(other) {
      leadsTo = other
    },
    received: () => received,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
